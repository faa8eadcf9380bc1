import {
  Marked,
  type Token,
  Tokenizer,
  type TokenizerAndRendererExtension,
  type TokenizerThis,
  type Tokens
} from 'marked';
import { LONGEST_FORMULA } from './limits';

/** TeX between `$…$`, `` $`…`$ ``, `\(…\)`, `$$…$$`, `\[…\]`, or from `\begin{align}` to its end. */
export interface MathToken extends Tokens.Generic {
  type: 'math';
  text: string;
  display: boolean;
}

const INSIDE = `[\\s\\S]{1,${LONGEST_FORMULA + 100}}?`;
const ENVIRONMENTS = '(?:equation|align|alignat|gather|split|cases|[bpvBV]?matrix)\\*?';
// A sentence may end with a formula: its full stop belongs beside it.
const DISPLAY = new RegExp(
  `^ {0,3}(?:\\$\\$(${INSIDE})\\$\\$|\\\\\\[(${INSIDE})\\\\\\]|(\\\\begin\\{(${ENVIRONMENTS})\\}${INSIDE}\\\\end\\{\\4\\}))([.,;:。，；：]?)[ \\t]*(?:\\n+|$)`
);
const DISPLAYED = new RegExp(`^(?:\\$\\$((?:\\\\.|[^$\\\\])+?)\\$\\$|\\\\\\[(${INSIDE})\\\\\\])`);
// As pandoc does it: no space inside the dollars and no digit after them, so that prices stay prices; nor what
// would go on as the name of a variable or a call.
const DOLLARS =
  /^\$(?![\s$])((?:\\[^\n]|[^$\\\n])*(?:\n(?:\\[^\n]|[^$\\\n])+)?(?<![\s\\]))\$(?![\d_{]|(?<=[/:,;.&=(]\$)\(|(?!(?:th|st|nd|rd|s|es)\b)[a-z])/i;
const TICKED = /^\$(`+)([^`\n]+)\1\$/;
const PARENTHESES = new RegExp(`^\\\\\\((${INSIDE})\\\\\\)`);
/** What only a formula has. */
const TEX = /[\\^_=<>+{}|]/;
const WORDS = /\b[a-z]{2,} +[a-z]{2,}/i;
const AMOUNT = /^\d[\d.,]{0,20}(?:[kmb]\b)?[ ,;/–—-]{1,3}(?:[a-z]{2,}|$)/i;

function blockMath(source: string): MathToken | undefined {
  const match = DISPLAY.exec(source);
  if (!match) return undefined;
  const [raw, dollars, brackets, environment, , stop] = match;
  const inside = dollars ?? brackets;
  if (dollars !== undefined && !dollars.includes('\n') && !isTex(dollars)) return undefined;
  const text = environment ?? inside!.trim();
  return { type: 'math', raw, text: environment ? text : text + stop, display: true };
}

/** Whether what stands between dollars is a formula, and no sentence about prices or the shell. */
const isTex = (text: string): boolean => TEX.test(text) || !(WORDS.test(text) || AMOUNT.test(text));

function inlineMath(source: string, before: string): MathToken | undefined {
  const displayed = DISPLAYED.exec(source);
  if (displayed) {
    const text = displayed[1] ?? displayed[2]!;
    if (displayed[1] !== undefined && !isTex(text)) return undefined;
    return { type: 'math', raw: displayed[0], text: text.trim(), display: true };
  }
  const match = PARENTHESES.exec(source) ?? TICKED.exec(source) ?? DOLLARS.exec(source);
  if (!match) return undefined;
  const text = match.at(-1)!;
  const dollars = match.length === 2 && source.startsWith('$');
  // `US$5`, `10$`, `$A$B`: money and variables.
  if (dollars && (/[\w$]$/.test(before) || !isTex(text) || (text.includes('\n') && !TEX.test(text))))
    return undefined;
  return { type: 'math', raw: match[0], text: text.trim(), display: false };
}

/** The formula of a fence that says `math`, once the fence is closed. */
export function fencedMath(token: Tokens.Generic): string | null {
  if (token.lang?.trim().toLowerCase() !== 'math') return null;
  return /\n {0,3}(?:`{3,}|~{3,})\s*$/.test(token.raw) ? token.text : null;
}

/** Scripts that are written without blanks, or hang endings on a word in bold: no blank stands beside emphasis. */
const UNSPACED =
  '\\u1100-\\u11ff\\u2e80-\\u9fff\\ua960-\\ua97f\\uac00-\\ud7ff\\uf900-\\ufaff\\ufe30-\\ufe4f\\uff00-\\uffef';
const UNSPACED_BEFORE = new RegExp(`[${UNSPACED}]$`);
const UNSPACED_AFTER = new RegExp(`^[${UNSPACED}]`);
const PUNCTUATION_EDGE = /^[\p{P}\p{S}]|[\p{P}\p{S}]$/u;
const EMPHASIS = /^(\*{1,3}|~~)(?=[^\s*~])((?:(?!\1)[^\n]){0,300}?[^\s*~])\1(?![*~])/;

/**
 * Emphasis at whose edges stands punctuation, beside text without blanks: the usual rules take its signs
 * for others, because they were made for blanks between words.
 */
function unspacedEmphasis(
  lexer: TokenizerThis['lexer'],
  source: string,
  before: string
): Tokens.Generic | undefined {
  const match = EMPHASIS.exec(source);
  if (!match) return undefined;
  const [raw, signs, text] = match as unknown as [string, string, string];
  if (!PUNCTUATION_EDGE.test(text)) return undefined;
  const wide = UNSPACED_BEFORE.test(text) || UNSPACED_AFTER.test(text);
  if (!wide && !UNSPACED_BEFORE.test(before) && !UNSPACED_AFTER.test(source.slice(raw.length)))
    return undefined;
  const tokens = lexer.inlineTokens(text);
  if (signs === '~~') return { type: 'del', raw, text, tokens };
  if (signs === '***') return { type: 'em', raw, text, tokens: [{ type: 'strong', raw, text, tokens }] };
  return { type: signs === '**' ? 'strong' : 'em', raw, text, tokens };
}

const ADDRESS = /^https?:\/\/[^\s<]*/i;
const WIDE_STOP =
  /[\u2018-\u201f\u2026\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]/;
const HOST_BEFORE = new RegExp(`^https?://(?:[a-z0-9-]+\\.)+[a-z]{2,}(?::\\d+)?(?=[${UNSPACED}])`, 'i');

/** An address that ends where punctuation of Chinese and Japanese begins, or their letters follow its host. */
function addressBeforeUnspaced(source: string): string | null {
  const host = HOST_BEFORE.exec(source);
  if (host) return host[0];
  const address = ADDRESS.exec(source)?.[0] ?? '';
  const stop = address.search(WIDE_STOP);
  return stop < 0 ? null : address.slice(0, stop);
}

/** What stands before the next token of `tokens`. */
const end = (tokens: Token[]): string => tokens.at(-1)?.raw ?? '';

function extension(
  name: string,
  level: 'block' | 'inline',
  opening: RegExp,
  tokenizer: (this: TokenizerThis, source: string, tokens: Token[]) => Tokens.Generic | undefined
): TokenizerAndRendererExtension {
  return {
    name,
    level,
    start(source) {
      const at = source.search(opening);
      return at < 0 ? undefined : at;
    },
    tokenizer
  };
}

/** marked with the rules for text as models write it. */
export const marked = new Marked({ gfm: true, breaks: true });
marked.use({
  extensions: [
    extension('math', 'block', /(?<=\n) {0,3}(?:\$\$|\\\[|\\begin\{)/, blockMath),
    extension('math', 'inline', /\$|\\[([]/, (source, tokens) => inlineMath(source, end(tokens))),
    extension('emphasis', 'inline', /\*|~~/, function (source, tokens) {
      return unspacedEmphasis(this.lexer, source, end(tokens));
    })
  ],
  tokenizer: {
    // One tilde is a range or an “about”; only two strike through.
    del: (source) => (source.startsWith('~~') ? false : undefined),
    // `2*3*4` and `2**10` are sums; nobody stresses the middle of a number.
    emStrong(source, _, before) {
      const stars = /\d$/.test(before ?? '') ? /^\*+(?=\w)/.exec(source)?.[0] : undefined;
      return stars ? ({ type: 'text', raw: stars, text: stars } as unknown as Tokens.Em) : false;
    },
    // Chinese and Japanese go on right after an address.
    url(source) {
      const address = addressBeforeUnspaced(source);
      return address === null ? false : Tokenizer.prototype.url.call(this, address);
    }
  }
});
