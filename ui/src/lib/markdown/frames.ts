/**
 * Everything that is drawn shares what a frame has to give: what finds no time waits for the next one,
 * and what came last goes first, because that is what is looked at.
 */

/** Of a frame, in ms. The rest is for typing, scrolling and the button that stops an answer. */
const SHARE_MS = 32;
/** What an element costs: building it, its style, its place, its paint. Measured in Chromium: 1,200 take 170 ms. */
const ELEMENT_MS = 0.12;

/** What a step has done: how many elements it leaves to be drawn, and whether another must follow. */
export interface Step {
  elements: number;
  more: boolean;
}

let spent = 0;
let scheduled = false;
const waiting: (() => Step)[] = [];

/** Steps of everything that still waits for its frame. */
export const pending = (): number => waiting.length;

/**
 * Runs `step` as often as it says and the frame allows, and the rest in later frames; the first time
 * `atOnce`, whatever the frame allows. Returns how to give it up.
 */
export function draw(step: () => Step, atOnce = false): () => void {
  let first = atOnce;
  while (first || spent < SHARE_MS) {
    first = false;
    if (!take(step)) return () => undefined;
  }
  waiting.push(step);
  schedule();
  return () => {
    const at = waiting.indexOf(step);
    if (at >= 0) waiting.splice(at, 1);
  };
}

function take(step: () => Step): boolean {
  const began = performance.now();
  const { elements, more } = step();
  spent += performance.now() - began + elements * ELEMENT_MS;
  schedule();
  return more;
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(frame);
}

function frame(): void {
  scheduled = false;
  spent = 0;
  while (spent < SHARE_MS) {
    const step = waiting.pop();
    if (!step) return;
    if (take(step)) waiting.push(step);
  }
}
