/**
 * Controls, what changes the order in which text is read (embeddings, overrides, isolates), and more marks on
 * one letter than any script writes (Unicode's stream-safe text, UAX 15, has thirty at most).
 */
const DECEIVING = /(?:(?![\t\n\r])[\p{Cc}\u202a-\u202e\u2066-\u2069])+|\p{M}{31,}/gu;
/** Different characters of one run that are shown; the others are counted. */
const MOST_NAMED = 12;

/**
 * `text` with every character that could make it read as something else in place of which stands its
 * number, once where it repeats. The marks that plain Arabic, Persian and Hebrew need stay as they are.
 */
export const revealed = (text: string): string => text.replace(DECEIVING, numbers);

function numbers(run: string): string {
  let shown = '';
  let named = 0;
  let at = 0;
  const characters = [...run];
  while (at < characters.length && named < MOST_NAMED) {
    const first = characters[at]!;
    let next = at + 1;
    while (characters[next] === first) next += 1;
    shown += sign(`U+${number(first)}`, next - at);
    at = next;
    named += 1;
  }
  return at < characters.length ? shown + sign('…', characters.length - at) : shown;
}

const sign = (name: string, times: number): string => (times > 1 ? `⟨${name} × ${times}⟩` : `⟨${name}⟩`);

const number = (character: string): string =>
  character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');

/** What no font draws: formats, selectors, fillers and tags, but for what belongs to an emoji. */
const INVISIBLE = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const EMOJI =
  /\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)*(?:\u200d\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)*)*/gu;

/** How many characters of `text` cannot be seen. */
export const invisible = (text: string): number => text.replace(EMOJI, '').match(INVISIBLE)?.length ?? 0;

/** Longer names and titles are shown to here. */
const LONGEST_NAME = 200;

/** A name or title that was made elsewhere, on one line. */
export function named(text: string): string {
  const short = text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text;
  return revealed(short.replace(/\s+/g, ' '));
}
