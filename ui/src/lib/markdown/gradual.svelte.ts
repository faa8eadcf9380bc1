import { draw } from './frames';

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
