import { untrack } from 'svelte';
import { draw } from './frames';
import { CHARACTERS, DRAWN_AT_FIRST, inPieces, weighedEnd, weight } from './limits';

/** How many pieces of something long are drawn: in the end all, at once no more than a frame allows. */
export class Gradual {
  shown = $state(1);

  /** Goes on to `pieces`, of which each becomes so many elements. Returns how to give it up. */
  show(pieces: number, elements: (piece: number) => number): () => void {
    if (this.shown >= pieces) return () => undefined;
    return draw(() => {
      this.shown += 1;
      return { elements: elements(this.shown - 1), more: this.shown < pieces };
    });
  }
}

/** A long text in pieces of at most so many characters and lines, which come gradually, and not all before they are asked for. */
export class GradualText {
  readonly #text: () => string;
  readonly #gradual = new Gradual();
  #most = $state(DRAWN_AT_FIRST);
  readonly #end = $derived.by(() => weighedEnd(this.#text(), this.#most));
  readonly #all: string[];
  /** What is drawn by now. */
  readonly pieces = $derived.by(() => this.#all.slice(0, this.#gradual.shown));
  readonly behind = $derived.by(() => this.pieces.length < this.#all.length);
  /** Characters that are drawn only when asked for. */
  readonly left = $derived.by(() => this.#text().length - this.#end);

  constructor(text: () => string, longest: number, lines: number) {
    this.#text = text;
    this.#all = $derived(inPieces(text().slice(0, this.#end), longest, lines));
  }

  /** For an effect: draws what there is. */
  draw(): () => void {
    const all = this.#all;
    return untrack(() => this.#gradual.show(all.length, (i) => weight(all[i] ?? '') / CHARACTERS));
  }

  more(): void {
    this.#most += DRAWN_AT_FIRST;
  }
}
