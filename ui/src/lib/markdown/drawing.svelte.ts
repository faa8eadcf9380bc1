import { tick } from 'svelte';
import { draw } from './frames';
import { GrowingMarkdown, size, type Token } from './lexer';

/** A pass over a growing text waits this many times as long as the last one took. */
const REST = 4;

/** The blocks of one text as far as they are drawn: a long text over several frames, a growing one at the pace that its cost allows. */
export class Drawing {
  blocks = $state.raw<Token[]>([]);
  /** Some of the text is not drawn yet. */
  behind = $state(false);
  readonly #growing = new GrowingMarkdown();
  #text = '';
  #unfinished = false;
  #notBefore = 0;
  #resting: ReturnType<typeof setTimeout> | undefined;
  #giveUp = (): void => undefined;

  show(text: string, unfinished: boolean): void {
    this.#text = text;
    this.#unfinished = unfinished;
    const wait = unfinished ? this.#notBefore - performance.now() : 0;
    if (wait <= 0) this.#pass();
    else this.#resting ??= setTimeout(() => this.#pass(), wait);
  }

  stop(): void {
    clearTimeout(this.#resting);
    this.#resting = undefined;
    this.#giveUp();
  }

  #pass(): void {
    this.stop();
    const began = performance.now();
    this.#growing.take(this.#text, this.#unfinished);
    this.behind = true;
    // An answer that ends is seen to end.
    const ends = !this.#unfinished && this.blocks.length > 0;
    this.#giveUp = draw(() => {
      const more = this.#growing.step();
      return { elements: this.#replace(more), more };
    }, ends);
    void tick().then(() => {
      const now = performance.now();
      this.#notBefore = now + REST * (now - began);
    });
  }

  #replace(more: boolean): number {
    const { blocks } = this.#growing;
    this.behind = more;
    // What is lexed anew from the beginning takes the place of the old once there is as much of it.
    if (more && blocks.length < this.blocks.length) return 0;
    const fresh = blocks.filter((block, i) => block !== this.blocks[i]);
    this.blocks = blocks;
    return size(fresh);
  }
}
