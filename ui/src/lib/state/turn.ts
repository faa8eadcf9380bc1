import type { MessageView } from '$lib/backend/api';

/** What an answer under way is doing before its first word. */
export type Phase =
  | { is: 'waiting' }
  | { is: 'loading'; fraction: number }
  | { is: 'prefill'; done: number; total: number }
  /** Only a thought has come; `since` is of `performance.now()`. */
  | { is: 'thinking'; since: number }
  | { is: 'writing' };

/**
 * The branch that is shown once a turn has begun: everything down to the parent of what is new,
 * then what is new. One rule serves a new message, an edit, another answer and a continuation.
 */
export function withTurn(shown: MessageView[], user: MessageView | null, answer: MessageView): MessageView[] {
  const parent = (user ?? answer).parent;
  const kept = parent === null ? 0 : shown.findIndex((m) => m.id === parent) + 1;
  return [...shown.slice(0, kept), ...(user ? [user] : []), answer];
}

/** The id of the version `step` away from `message`, if there is one. */
export function sibling(message: MessageView, step: -1 | 1): string | null {
  return message.siblings[message.siblings.indexOf(message.id) + step] ?? null;
}

/**
 * Collects what comes faster than the screen is drawn: `flush` gets everything since the last frame,
 * once a frame.
 */
export function perFrame<T>(
  flush: (items: T[]) => void,
  schedule: (run: () => void) => void = requestAnimationFrame
): { push: (item: T) => void; now: () => void } {
  let waiting: T[] = [];
  let scheduled = false;
  const now = (): void => {
    scheduled = false;
    if (waiting.length === 0) return;
    const items = waiting;
    waiting = [];
    flush(items);
  };
  return {
    push(item) {
      waiting.push(item);
      if (scheduled) return;
      scheduled = true;
      schedule(now);
    },
    now
  };
}
