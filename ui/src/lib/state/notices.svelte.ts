import type { ApiError } from '$lib/backend/api';

export interface Notice {
  id: number;
  /** `error` and `news` stay until dismissed; `done` leaves by itself. */
  kind: 'error' | 'news' | 'done';
  message: string;
  /** What to do next, as a sentence. */
  advice: string | null;
  code: ApiError['code'] | null;
  undo: (() => void) | null;
}

const DONE_STAYS_MS = 10_000;

/** What the window has to say outside a conversation. */
export class Notices {
  all = $state.raw<Notice[]>([]);
  #next = 1;

  fail(error: ApiError): void {
    this.#add({ kind: 'error', message: error.message, advice: error.action, code: error.code, undo: null });
  }

  say(message: string): void {
    this.#add({ kind: 'news', message, advice: null, code: null, undo: null });
  }

  done(message: string, undo: (() => void) | null = null): void {
    const id = this.#add({ kind: 'done', message, advice: null, code: null, undo });
    setTimeout(() => this.dismiss(id), DONE_STAYS_MS);
  }

  /** Takes back what is now said in a better place. */
  retract(message: string): void {
    this.all = this.all.filter((notice) => notice.message !== message);
  }

  dismiss(id: number): void {
    this.all = this.all.filter((notice) => notice.id !== id);
  }

  #add(notice: Omit<Notice, 'id'>): number {
    const id = this.#next++;
    const others = this.all.filter((n) => n.message !== notice.message);
    this.all = [...others, { id, ...notice }];
    return id;
  }
}
