/** What the key of an event that an input method has taken is called. */
const TAKEN = 229;

/**
 * Whether a key belongs to an input method, such as the Enter that chooses a word of Japanese. WebKit ends the
 * composition before it reports that key (its bug 165004), so that only the old code tells.
 */
export const composes = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === TAKEN;
