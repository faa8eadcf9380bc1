import { MediaQuery } from 'svelte/reactivity';

/** Beside the page in a wide window; in a narrow one over it, and only while it is asked for. */
export class Sidebar {
  /** The same width as in the style sheets. */
  readonly #narrow = new MediaQuery('max-width: 760px');
  #beside = $state(true);
  #over = $state(false);

  get open(): boolean {
    return this.#narrow.current ? this.#over : this.#beside;
  }

  set open(open: boolean) {
    if (this.#narrow.current) this.#over = open;
    else this.#beside = open;
  }

  /** The page that was chosen in it is shown: it gets out of the way. */
  arrived(): void {
    this.#over = false;
  }
}
