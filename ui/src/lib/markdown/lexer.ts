import type { Token, Tokens, TokensList } from 'marked';
import remend, { type RemendOptions } from 'remend';
import { revealed } from '$lib/common/revealed';
import { BoundedLexer } from './bounded';
import {
  FIRST_CELLS,
  LONGEST_HEALED,
  LONGEST_WINDOW,
  MOST_DEFINITIONS,
  weight,
  WINDOW,
  windowEnd
} from './limits';
import { marked } from './rules';

export type { Token, Tokens } from 'marked';

/** An unfinished link shows its words; unfinished formulas and tags show as they are. */
const HEAL: RemendOptions = { linkMode: 'text-only', images: false, katex: false, htmlTags: false };

type Links = TokensList['links'];

/** A part of the text that would have cost too much to lex. */
export interface PlainToken extends Tokens.Generic {
  type: 'plain';
  text: string;
}

/** Whole text to block tokens. Nothing is ever rendered to HTML, and nothing throws. */
export function lex(text: string): Token[] {
  const whole = new GrowingMarkdown();
  whole.take(text, false);
  while (whole.step());
  return whole.blocks;
}

/**
 * Block tokens of a text that may grow at its end, lexed a window at a time, so that no step takes
 * long. Blocks before the last one keep their identity: only the last is lexed and drawn again.
 */
export class GrowingMarkdown {
  /** What is lexed so far. */
  blocks: Token[] = [];
  #text = '';
  #unfinished = false;
  #settled: Token[] = [];
  /** Where what is not settled begins. */
  #from = 0;
  /** Up to here each paragraph is lexed for itself, because together they were too much. */
  #careful = 0;
  #links = noLinks();
  /** Header and delimiters of the last settled block, a table whose rows go on. */
  #heading: string | null = null;

  /** From now on it is about `text`; `unfinished` closes what its last block leaves open. */
  take(text: string, unfinished: boolean): void {
    const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    // While the text grows, a reference waits for its definition.
    const links = unfinished ? this.#links : definitions(lines);
    const known = Object.keys(links).every((label) => label in this.#links);
    if (!known || !lines.startsWith(this.#text)) this.#reset(links);
    this.#text = lines;
    this.#unfinished = unfinished;
  }

  /** Characters that are not settled. */
  get left(): number {
    return this.#text.length - this.#from;
  }

  /** Lexes one window more; false once there is nothing left. */
  step(): boolean {
    const text = this.#text;
    const from = this.#from;
    if (from >= text.length) return this.#show([]);
    if (this.#heading !== null) return this.#moreRows(this.#heading);
    // Code may be long, and holds no blocks.
    const code = fenced(text, from);
    if (code !== null) return this.#all(this.#lex(code), code);

    for (let longest = WINDOW; ; longest *= 2) {
      const end = this.#end(longest);
      const source = text.slice(from, end);
      const tokens = this.#lex(source);
      if (tokens[0]?.type === 'plain' && from >= this.#careful && paragraphEnd(source) < source.length) {
        this.#careful = end;
        return this.step();
      }
      if (end === text.length) return this.#toTheEnd(tokens, source);
      if (from < this.#careful) return this.#all(tokens, source);
      const done = complete(tokens, source, true);
      if (done) return this.#settle(done.tokens, done.length);
      // One block is longer than the window.
      if (longest < LONGEST_WINDOW && this.#end(2 * longest) > end) continue;
      const last = tokens.at(-1);
      if (last?.type === 'table') this.#heading = `${last.raw.split('\n', 2).join('\n')}\n`;
      return this.#settle(tokens, source.length);
    }
  }

  #reset(links: Links): void {
    this.#settled = [];
    this.#from = 0;
    this.#careful = 0;
    this.#links = links;
    this.#heading = null;
  }

  #end(longest: number): number {
    if (this.#from >= this.#careful) return windowEnd(this.#text, this.#from, longest);
    return this.#from + paragraphEnd(this.#text.slice(this.#from, this.#careful));
  }

  #lex(source: string): Token[] {
    try {
      const lexer = bounded(source);
      Object.assign(lexer.tokens.links, this.#links);
      return [...lexer.lex(source)];
    } catch {
      return [{ type: 'plain', raw: source, text: source } satisfies PlainToken];
    }
  }

  #show(open: Token[]): false {
    this.blocks = [...this.#settled, ...open];
    return false;
  }

  #settle(tokens: Token[], length: number): true {
    this.#settled.push(...tokens);
    this.#from += length;
    this.#show([]);
    return true;
  }

  /** Settles `tokens`, which are all of `source`; at the end of a growing text they may still change. */
  #all(tokens: Token[], source: string): boolean {
    if (this.#unfinished && this.#from + source.length === this.#text.length) return this.#show(tokens);
    return this.#settle(tokens, source.length);
  }

  #toTheEnd(tokens: Token[], source: string): boolean {
    if (!this.#unfinished) return this.#settle(tokens, source.length);
    const done = complete(tokens, source, false);
    if (!done) return this.#show(this.#healed(tokens, source));
    this.#settle(done.tokens, done.length);
    return this.#show(this.#healed(tokens.slice(done.tokens.length), source.slice(done.length)));
  }

  #healed(tokens: Token[], source: string): Token[] {
    if (source.length > LONGEST_HEALED) return tokens;
    try {
      return this.#lex(remend(source, HEAL));
    } catch {
      return tokens;
    }
  }

  /** Adds the rows of the next window to the table before it. */
  #moreRows(heading: string): boolean {
    const end = this.#end(WINDOW);
    const source = heading + this.#text.slice(this.#from, end);
    const next = this.#lex(source)[0];
    const begun = this.#settled.at(-1);
    this.#heading = null;
    if (next?.type !== 'table' || begun?.type !== 'table' || next.raw.length <= heading.length) return true;
    const table = { ...begun, rows: [...begun.rows, ...next.rows] };
    const goesOn = source.length - next.raw.length <= 1;
    if (goesOn) this.#heading = heading;
    if (goesOn && this.#unfinished && end === this.#text.length) {
      // Its last row may still grow.
      this.blocks = [...this.#settled.slice(0, -1), table];
      return false;
    }
    this.#settled.pop();
    return this.#settle([table], (goesOn ? source.length : next.raw.length) - heading.length);
  }
}

const bounded = (source: string): BoundedLexer => new BoundedLexer({ ...marked.defaults }, source.length);

const noLinks = (): Links => Object.create(null) as Links;

const DEFINITION = /^ {0,3}\[(?!\s*\])(?:\\.|[^\\[\]\n]){1,200}\]:[ \t]*\S[^\n]{0,500}$/gm;

/** What the references of `text` stand for, wherever it says so. */
function definitions(text: string): Links {
  const lines: string[] = [];
  for (const [line] of text.matchAll(DEFINITION)) {
    if (lines.push(line) >= MOST_DEFINITIONS) break;
  }
  const source = lines.join('\n');
  const lexer = bounded(source);
  try {
    lexer.blockTokens(source, lexer.tokens);
  } catch {
    return noLinks();
  }
  return lexer.tokens.links;
}

const FENCE = / {0,3}(`{3,}(?=[^`\n]*(?:\n|$))|~{3,})[^\n]*/y;

/** The fenced code that begins at `from`, to the end of its closing fence or of the text. */
function fenced(text: string, from: number): string | null {
  FENCE.lastIndex = from;
  const opening = FENCE.exec(text);
  if (!opening) return null;
  const fence = opening[1]!;
  const closing = new RegExp(`\\n {0,3}${fence[0]}{${fence.length},} *(?=\\n|$)`, 'g');
  closing.lastIndex = FENCE.lastIndex;
  return text.slice(from, closing.exec(text) ? closing.lastIndex : text.length);
}

/** Where the first paragraph of `text` ends, blank lines after it included. */
function paragraphEnd(text: string): number {
  const blank = /\S[^\n]*\n(?:[ \t]*\n)+/.exec(text);
  return blank ? blank.index + blank[0].length : text.length;
}

/**
 * What of `tokens` stands although `source` goes on: all but the last block. Of a list that the
 * window has cut, all but the last item.
 */
function complete(tokens: Token[], source: string, cut: boolean): { tokens: Token[]; length: number } | null {
  const at = tokens.findLastIndex((token) => token.type !== 'space');
  const last = tokens[at];
  if (!last) return null;
  const length = source.length - tokens.slice(at).reduce((sum, { raw }) => sum + raw.length, 0);
  if (!source.startsWith(last.raw, length)) return null;
  const before = tokens.slice(0, at);
  if (before.some((token) => token.type !== 'space')) return { tokens: before, length };
  if (!cut || last.type !== 'list') return null;

  const list = last as Tokens.List;
  const items = list.items.slice(0, -1);
  const raw = items.map((item) => item.raw).join('');
  const next = list.items.at(-1);
  if (items.length === 0 || !source.startsWith(raw + next!.raw, length)) return null;
  return { tokens: [...before, { ...list, items, raw }], length: length + raw.length };
}

/** How many elements `tokens` become, more or less. */
export function size(tokens: Token[]): number {
  let sum = 0;
  for (const token of tokens) {
    sum += 1;
    if (token.type === 'list') for (const item of (token as Tokens.List).items) sum += 1 + size(item.tokens);
    else if (token.type === 'table') sum += Math.min((token as Tokens.Table).rows.flat().length, FIRST_CELLS);
    else if ('tokens' in token && token.tokens) sum += size(token.tokens);
  }
  return sum;
}

/** What drawing something takes: elements, and its text in units of [`weight`]. */
export interface Cost {
  elements: number;
  characters: number;
}

export function cost(block: Token): Cost {
  const elements = size([block]);
  if (block.type !== 'table') return { elements, characters: weight(revealed(block.raw)) };
  const { header, rows } = block as Tokens.Table;
  const shown = [header, ...rows.slice(0, Math.ceil(FIRST_CELLS / header.length))].flat();
  return { elements, characters: weight(shown.map(({ text }) => text).join('\n')) };
}

const PAIRED = /^<(\/?)(sub|sup|kbd)>$/i;
/** Pairs within each other. */
const DEEPEST_PAIRS = 8;

/** Inline tokens with what stands between `<sub>`, `<sup>` or `<kbd>` and its end tag as one token. */
export function paired(tokens: Token[]): Token[] {
  const out: Token[] = [];
  const open: { name: string; at: number }[] = [];
  for (const token of tokens) {
    const tag = token.type === 'html' ? PAIRED.exec(token.raw) : null;
    const name = tag?.[2]?.toLowerCase() ?? '';
    const opened = tag?.[1] ? open.findLastIndex((other) => other.name === name) : -1;
    if (tag && !tag[1] && open.length < DEEPEST_PAIRS) open.push({ name, at: out.length });
    if (opened < 0) {
      out.push(token);
      continue;
    }
    const { at } = open[opened]!;
    open.length = opened;
    const inside = out.splice(at).slice(1);
    out.push({ type: name, raw: inside.map(({ raw }) => raw).join(''), tokens: inside });
  }
  return out;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Text of a token with its HTML entities as the characters they stand for. */
export const plain = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{1,8}));/gi, (whole, decimal, hex, name) => {
    if (name) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
