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
  #heights = new Map<Element, number>();
  #lastTop = 0;

  /** For the element that scrolls; its first child holds the rows. */
  readonly scroller = (node: HTMLElement): (() => void) => {
    this.#scroller = node;
    const rows = node.firstElementChild;
    const sizes = new ResizeObserver((entries) => this.#resized(entries));
    const added = new MutationObserver((changes) => {
      for (const change of changes) {
        for (const row of change.addedNodes) if (row instanceof HTMLElement) sizes.observe(row);
        for (const row of change.removedNodes) {
          if (row instanceof HTMLElement) {
            sizes.unobserve(row);
            this.#heights.delete(row);
          }
        }
      }
    });
    if (rows) {
      sizes.observe(rows);
      for (const row of rows.children) sizes.observe(row);
      added.observe(rows, { childList: true });
    }
    sizes.observe(node);
    const onScroll = (): void => this.#scrolled();
    node.addEventListener('scroll', onScroll, { passive: true });
    this.toEnd();
    return () => {
      sizes.disconnect();
      added.disconnect();
      node.removeEventListener('scroll', onScroll);
      this.#scroller = null;
      this.#heights.clear();
    };
  };

  toEnd(): void {
    this.atEnd = true;
    if (this.#scroller) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #scrolled(): void {
    const node = this.#scroller!;
    const fromEnd = node.scrollHeight - node.scrollTop - node.clientHeight;
    // Only the reader moves up; growing text moves nothing up.
    if (node.scrollTop < this.#lastTop - 1 && fromEnd > NEAR) this.atEnd = false;
    else if (fromEnd <= NEAR) this.atEnd = true;
    this.#lastTop = node.scrollTop;
  }

  #resized(entries: ResizeObserverEntry[]): void {
    const node = this.#scroller;
    if (!node) return;
    let grownAbove = 0;
    const top = node.getBoundingClientRect().top;
    for (const entry of entries) {
      const before = this.#heights.get(entry.target);
      const now = entry.borderBoxSize[0]?.blockSize ?? 0;
      this.#heights.set(entry.target, now);
      if (before === undefined || entry.target === node || entry.target === node.firstElementChild) continue;
      if (entry.target.getBoundingClientRect().bottom - (now - before) <= top) grownAbove += now - before;
    }
    if (this.atEnd) this.toEnd();
    else if (grownAbove !== 0) node.scrollTop += grownAbove;
  }
}
