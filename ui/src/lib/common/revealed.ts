/** Controls, and what changes the order in which text is read: embeddings, overrides, isolates. */
const DECEIVING = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const SPACE = '\t\n\r';

/**
 * `text` with every character that could make it read as something else in place of which stands its
 * number. The marks that plain Arabic, Persian and Hebrew need stay as they are.
 */
export const revealed = (text: string): string =>
  text.replace(DECEIVING, (character) =>
    SPACE.includes(character) ? character : `⟨U+${number(character)}⟩`
  );

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
