/** Closer to the end than this counts as being there, in px. */
const NEAR = 48;

/**
 * Keeps a growing list still for its reader: at the end it follows the end; elsewhere what is on
 * screen stays where it is while things above it change height. Done by hand because not every
 * web view anchors scrolling.
 */
export class Following {
  /** The end is on screen and is followed. */
  atEnd = $state(true);
  #scroller: HTMLElement | null = null;
  #rows: Element | null = null;
  /** Height of all the content and of the part on screen when the position was last set. */
  #content = 0;
  #screen = 0;
  /** A row on screen, and how far it begins below the top of the content. */
  #anchor: { row: Element; at: number } | null = null;

  /** For the element that scrolls; its list holds the rows. */
  readonly scroller = (node: HTMLElement): (() => void) => {
    const rows = node.querySelector('ol')!;
    this.#scroller = node;
    this.#rows = rows;
    const sizes = new ResizeObserver(() => this.#resized());
    const changes = new MutationObserver((records) => {
      for (const { addedNodes, removedNodes } of records) {
        for (const row of addedNodes) if (row instanceof Element) sizes.observe(row);
        for (const row of removedNodes) if (row instanceof Element) sizes.unobserve(row);
      }
    });
    for (const seen of [node, ...rows.children]) sizes.observe(seen);
    changes.observe(rows, { childList: true });
    const onScroll = (): void => this.#scrolled();
    const onClick = ({ target }: MouseEvent): void => this.#clicked(target as Element);
    node.addEventListener('scroll', onScroll, { passive: true });
    node.addEventListener('click', onClick);
    this.toEnd();
    return () => {
      sizes.disconnect();
      changes.disconnect();
      node.removeEventListener('scroll', onScroll);
      node.removeEventListener('click', onClick);
      this.#scroller = null;
      this.#anchor = null;
    };
  };

  toEnd(): void {
    this.atEnd = true;
    if (this.#scroller) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.settle();
  }

  /** The position was set, and is not the reader's doing. */
  settle(): void {
    this.#content = this.#scroller?.scrollHeight ?? 0;
    this.#screen = this.#scroller?.clientHeight ?? 0;
    this.#anchor = this.#atTop();
  }

  #scrolled(): void {
    this.#look();
    if (this.atEnd) return;
    this.#anchor = this.#atTop();
  }

  /** What a reader opens is read from where it begins, even at the end, but for an answer under way. */
  #clicked(target: Element): void {
    const opens = target.closest('[aria-expanded], summary');
    if (opens && !opens.closest('[aria-busy="true"]')) this.#content = Infinity;
  }

  /** Whether the reader is at the end, by the heights of then: only the reader leaves it, never growing text. */
  #look(): void {
    if (this.#scroller) this.atEnd = this.#content - this.#scroller.scrollTop - this.#screen <= NEAR;
  }

  #resized(): void {
    if (!this.#scroller) return;
    this.#look();
    if (this.atEnd) {
      this.toEnd();
      return;
    }
    this.#hold();
    this.settle();
    // What was opened may fit.
    this.#look();
  }

  /** Scrolls by as much as the content above the anchor has grown. */
  #hold(): void {
    const anchor = this.#anchor;
    if (!anchor?.row.isConnected) return;
    const grown = this.#begins(anchor.row) - anchor.at;
    if (grown !== 0) this.#scroller!.scrollTop += grown;
  }

  #begins(row: Element): number {
    const node = this.#scroller!;
    return row.getBoundingClientRect().top - node.getBoundingClientRect().top + node.scrollTop;
  }

  /**
   * The first row that begins on screen; or the one that covers it all, which then may grow at its
   * end without moving.
   */
  #atTop(): { row: Element; at: number } | null {
    const rows = this.#rows?.children;
    if (!rows || rows.length === 0) return null;
    const { top, bottom } = this.#scroller!.getBoundingClientRect();
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle]!.getBoundingClientRect().bottom > top) high = middle;
      else low = middle + 1;
    }
    let row = rows[low]!;
    const next = rows[low + 1];
    if (next && row.getBoundingClientRect().top < top && next.getBoundingClientRect().top < bottom)
      row = next;
    return { row, at: this.#begins(row) };
  }
}
