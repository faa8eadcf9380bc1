/**
 * How much text goes into a pass whose cost may grow faster than its input. The rules of marked,
 * remend, highlight.js and KaTeX hold inputs of a few kilobytes that take seconds, and no list of those
 * would be complete; so each pass gets a piece that it is through with in a fraction of a frame,
 * whatever the piece says. Where a piece would need more, it is shown as plain text.
 */

/** Characters that are lexed together at first, and when one block is longer than that. */
export const WINDOW = 8_000;
export const LONGEST_WINDOW = 32_000;
/** What of it may be laid out as one block, in units of [`weight`]. */
const HEAVIEST = 40_000;
/** What may start something inside a window; this also bounds how many elements it becomes. */
export const MOST_MARKS = 1_200;
/** Starts of lines, and pairs of spaces, times length: rules for blocks look ahead from each of them. */
const MOST_LOOKING_AHEAD = 8_000_000;
/** Quotes and lists within each other, and emphasis within emphasis. */
export const DEEPEST_BLOCKS = 24;
export const DEEPEST_INLINE = 16;
/** Steps for each character of a window, over all the times that nested blocks are lexed again. */
export const STEPS_PER_CHARACTER = 30;
/** Runs of inline text in one window, such as cells of a table. */
export const MOST_RUNS = 4_000;
/** Units of [`inlineCost`] for each character of a window. */
export const INLINE_PER_CHARACTER = 125;
/** A longer end of a growing text shows what it leaves open as it is. */
export const LONGEST_HEALED = 3_000;
/** Definitions of link references are looked for up to here. */
export const MOST_DEFINITIONS = 200;

export const LONGEST_FORMULA = 1_500;
const DEEPEST_FORMULA = 50;
/** Letters beyond ASCII, each of which may become a dozen elements. */
const MOST_FOREIGN = 100;

/** Code that is coloured at once, and lines of it. */
export const CODE_PIECE = 4_000;
export const CODE_PIECE_LINES = 150;
/** Runs of one colour in a piece, of which each becomes an element. */
export const MOST_COLOURED = 1_800;
/** Words and blanks with nothing between them: grammars try each of them as the start of a declaration. */
const LONGEST_WORDS = 600;

export const MOST_COLUMNS = 60;
/** Cells of a table that are drawn until more are asked for. */
export const FIRST_CELLS = 600;

/** Units of [`weight`], and elements, of a text that are drawn until more are asked for. */
export const DRAWN_AT_FIRST = 150_000;
export const ELEMENTS_AT_FIRST = 4_000;
/** Units of [`weight`] that cost about as much as an element. */
export const CHARACTERS = 100;
/** Elements, and text that costs as much, that one step puts into the page, where it can be parted. */
export const ELEMENTS_AT_ONCE = 300;

const EMPHASIS = 1;
const MARK = 2;
/** By character code below 128: whether it is of emphasis, or may start something else. */
const KINDS = new Uint8Array(128);
for (const mark of '\\<![]()`$|>#\n@:&^{.') KINDS[mark.charCodeAt(0)] = MARK;
for (const mark of '*_~') KINDS[mark.charCodeAt(0)] = EMPHASIS;

const FENCE_LINE = /[ \t>]{0,40}(?:```|~~~)/y;
const FENCED_MARK = 0.25;

const NEWLINE = 10;
/** Spaces, tabs and their kin, which rules skip over one by one. */
const isBlank = (code: number): boolean =>
  code === 32 ||
  code === 9 ||
  code === 11 ||
  code === 12 ||
  (code >= 0xa0 && /\s/.test(String.fromCharCode(code)));

/**
 * What laying out a character takes, in that of a Latin letter (about 1.3 µs in Chromium), after the character
 * `before`: the letters of scripts that join and run from right to left take a multiple, and a hidden
 * one becomes its number once.
 */
function characterWeight(code: number, before: number): number {
  if (code === before || (code > 31 && code < 0x7f) || (code >= 9 && code <= 13)) return 1;
  if (code < 0xa0 || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) return 8;
  if ((code >= 0x590 && code < 0x900) || (code >= 0xfb1d && code < 0xff00)) return 5;
  return code < 0x250 ? 1 : 2;
}

/** What laying out `text` takes, in characters of plain words. */
export const weight = (text: string): number => weighed(text, Infinity).sum;

/** Where the part of `text` ends that weighs no more than `most`. */
export const weighedEnd = (text: string, most: number): number => weighed(text, most).end;

function weighed(text: string, most: number): { sum: number; end: number } {
  let sum = 0;
  let before = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    sum += characterWeight(code, before);
    before = code;
    if (sum > most) return { sum, end: whole(text, at) };
  }
  return { sum, end: text.length };
}

const LONGEST_WORD = 300;
/** Runs without a blank, of scripts that put blanks between words. */
const WORDS = /[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]+/g;

/**
 * Whether `text` has a word so long that lines must break within it. Where its letters are drawn closer
 * to some than to others, a browser shapes all that follows again for each line.
 */
export function endless(text: string): boolean {
  if (text.length < LONGEST_WORD) return false;
  for (const [word] of text.matchAll(WORDS)) if (word.length >= LONGEST_WORD) return true;
  return false;
}

/** Where the window that begins at `from` ends: at the end of a line, if one ends in it. */
export function windowEnd(text: string, from: number, longest: number): number {
  const last = Math.min(text.length, from + longest);
  let marks = 0;
  let worth = 1;
  let looks = 1;
  let line = from;
  let blank = false;
  let weighs = 0;
  let before = 0;
  for (let at = from; at < last; at += 1) {
    const code = text.charCodeAt(at);
    weighs += characterWeight(code, before);
    before = code;
    if (code < 128 && KINDS[code]) marks += worth;
    const wasBlank = blank;
    blank = code !== NEWLINE && isBlank(code);
    if (code === NEWLINE || (blank && wasBlank)) looks += 1;
    if (marks > MOST_MARKS || looks * (at - from) > MOST_LOOKING_AHEAD || weighs > HEAVIEST)
      return line > from ? line : whole(text, at);
    if (code !== NEWLINE) continue;
    line = at + 1;
    // Fenced code inside a list or a quote is lexed with it, and is mostly marks that start nothing.
    FENCE_LINE.lastIndex = line;
    if (FENCE_LINE.test(text)) worth = worth === 1 ? FENCED_MARK : 1;
  }
  if (last === text.length) return last;
  return line > from ? line : whole(text, last);
}

/** `at`, or one less where that would part a character. */
export function whole(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff && at > 1 ? at - 1 : at;
}

/**
 * What lexing `text` may cost within a block: each mark may look through all of it, and those of
 * emphasis look closely.
 */
export function inlineCost(text: string): number {
  let emphasis = 0;
  let marks = 0;
  let blank = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? KINDS[code] : 0;
    const wasBlank = blank;
    blank = isBlank(code);
    if (kind === EMPHASIS) emphasis += 1;
    else if (kind === MARK || (blank && wasBlank)) marks += 1;
  }
  return text.length * (emphasis + marks / 8);
}

/** Whether KaTeX is through with `tex` within a frame. */
export function drawable(tex: string): boolean {
  if (tex.length > LONGEST_FORMULA) return false;
  let depth = 0;
  let foreign = 0;
  for (let at = 0; at < tex.length; at += 1) {
    const code = tex.charCodeAt(at);
    if (code > 126) foreign += 1;
    else if (code === 123) depth += 1;
    else if (code === 125) depth -= 1;
    if (depth > DEEPEST_FORMULA || foreign > MOST_FOREIGN) return false;
  }
  return true;
}

/** Whether a piece of code is through its grammar within a frame. */
export const colourable = (code: string): boolean =>
  code.length <= CODE_PIECE && !new RegExp(`[\\w\\s]{${LONGEST_WORDS}}`).test(code);

/** `text` in pieces of at most `longest` characters and `lines` lines, cut at ends of lines where there are any. */
export function inPieces(text: string, longest: number, lines: number): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const end = pieceEnd(text, from, longest, lines);
    pieces.push(text.slice(from, end));
    from = end;
  }
  return pieces;
}

function pieceEnd(text: string, from: number, longest: number, lines: number): number {
  let end = from;
  for (let line = 0; line < lines; line += 1) {
    const next = text.indexOf('\n', end) + 1 || text.length;
    if (next - from > longest) return end > from ? end : whole(text, from + longest);
    end = next;
    if (end === text.length) break;
  }
  return end;
}
