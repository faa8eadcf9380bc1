import { Marked, type Token, type TokenizerAndRendererExtension, type Tokens } from 'marked';
import remend, { type RemendOptions } from 'remend';

export type { Token, Tokens } from 'marked';

/** TeX between `$…$`, `\(…\)`, `$$…$$` or `\[…\]`. */
export interface MathToken extends Tokens.Generic {
  type: 'math';
  text: string;
  display: boolean;
}

const DISPLAY = /^(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\])(?:\n+|$)/;
// As pandoc does it: no space inside the dollars and no digit after them, so that prices stay prices.
const INLINE = /^(?:\$\$([^$\n]+?)\$\$|\$(?!\s)([^$\n]*?[^$\s\\])\$(?!\d)|\\\((.+?)\\\))/;

function math(level: 'block' | 'inline', pattern: RegExp, opening: RegExp): TokenizerAndRendererExtension {
  return {
    name: 'math',
    level,
    start(source) {
      const at = source.search(opening);
      return at < 0 ? undefined : at;
    },
    tokenizer(source): MathToken | undefined {
      const match = pattern.exec(source);
      if (!match) return undefined;
      const text = match.slice(1).find((group) => group !== undefined) ?? '';
      const display = level === 'block' || match[0].startsWith('$$');
      return { type: 'math', raw: match[0], text: text.trim(), display };
    }
  };
}

const marked = new Marked({ gfm: true, breaks: true });
marked.use({
  extensions: [math('block', DISPLAY, /(?<=\n)(?:\$\$|\\\[)/), math('inline', INLINE, /\$|\\\(/)]
});

/** An unfinished link shows its words; unfinished formulas and tags show as they are. */
const HEAL: RemendOptions = { linkMode: 'text-only', images: false, katex: false, htmlTags: false };

/** Whole text to block tokens. Nothing is ever rendered to HTML. */
export const lex = (text: string): Token[] => marked.lexer(text);

/**
 * Block tokens of a text that grows at its end. Blocks before the last one keep their identity,
 * so that only the last is lexed and drawn again.
 */
export class GrowingMarkdown {
  #text = '';
  #settled: Token[] = [];
  #settledLength = 0;

  /** The blocks of `text`; `unfinished` closes what the last one leaves open. */
  update(text: string, unfinished: boolean): Token[] {
    if (!unfinished || !text.startsWith(this.#text)) this.#reset();
    this.#text = text;
    if (!unfinished) return lex(text);

    const open = lex(text.slice(this.#settledLength));
    const last = open.findLastIndex((token) => token.type !== 'space');
    for (const token of open.slice(0, Math.max(last, 0))) {
      this.#settled.push(token);
      this.#settledLength += token.raw.length;
    }
    return [...this.#settled, ...lex(remend(text.slice(this.#settledLength), HEAL))];
  }

  #reset(): void {
    this.#text = '';
    this.#settled = [];
    this.#settledLength = 0;
  }
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Text of a token with its HTML entities as the characters they stand for. */
export const plain = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
