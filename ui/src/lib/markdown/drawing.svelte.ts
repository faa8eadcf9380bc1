import { tick } from 'svelte';
import { draw, type Step } from './frames';
import { type Cost, cost, GrowingMarkdown, type Token } from './lexer';
import { CHARACTERS, DRAWN_AT_FIRST, ELEMENTS_AT_FIRST, ELEMENTS_AT_ONCE } from './limits';

/** A pass over a growing text waits this many times as long as the last one took. */
const REST = 4;

/** The blocks of one text as far as they are drawn: a long text over several frames, a growing one at the pace that its cost allows. */
export class Drawing {
  blocks = $state.raw<Token[]>([]);
  /** Some of the text is not drawn yet. */
  behind = $state(false);
  /** Characters that are drawn only when asked for. */
  left = $state(0);
  readonly #growing = new GrowingMarkdown();
  readonly #costs = new WeakMap<Token, Cost>();
  #text = '';
  #unfinished = false;
  #portions = 1;
  /** Windows of the text wait to be lexed. */
  #lexing = false;
  #notBefore = 0;
  #resting: ReturnType<typeof setTimeout> | undefined;
  #giveUp = (): void => undefined;

  /** Draws `text`, and of a long one as many portions as are asked for. */
  show(text: string, unfinished: boolean, portions: number): void {
    this.#text = text;
    this.#unfinished = unfinished;
    this.#portions = portions;
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
    this.#lexing = true;
    // An answer that ends is seen to end.
    const ends = !this.#unfinished && this.blocks.length > 0;
    this.#giveUp = draw(() => this.#step(), ends);
    void tick().then(() => {
      const now = performance.now();
      this.#notBefore = now + REST * (now - began);
    });
  }

  /** Puts the next blocks into the page, and lexes a window where there are none. */
  #step(): Step {
    const undrawn = this.#growing.blocks.length > this.blocks.length;
    if (this.#lexing && !undrawn) this.#lexing = this.#growing.step();
    const all = this.#growing.blocks;
    let drawn = 0;
    let elements = 0;
    let characters = 0;
    let to = 0;
    const full = (): boolean =>
      elements >= this.#portions * ELEMENTS_AT_FIRST || characters >= this.#portions * DRAWN_AT_FIRST;
    for (; to < all.length && drawn < ELEMENTS_AT_ONCE && !full(); to += 1) {
      const block = all[to]!;
      const its = this.#cost(block);
      elements += its.elements;
      characters += its.characters;
      if (block !== this.blocks[to]) drawn += its.elements + its.characters / CHARACTERS;
    }
    const rest = all.slice(to);
    const waits = this.#lexing || rest.length > 0;
    this.behind = waits && !full();
    this.left = !this.behind && waits ? this.#left(rest) : 0;
    // What is lexed anew from the beginning takes the place of the old bit by bit.
    this.blocks = this.behind ? [...all.slice(0, to), ...this.blocks.slice(to)] : all.slice(0, to);
    return { elements: drawn, more: this.behind };
  }

  #left(rest: Token[]): number {
    const lexed = rest.reduce((sum, { raw }) => sum + raw.length, 0);
    return lexed + (this.#lexing ? this.#growing.left : 0);
  }

  #cost(block: Token): Cost {
    const known = this.#costs.get(block);
    if (known) return known;
    const its = cost(block);
    this.#costs.set(block, its);
    return its;
  }
}
