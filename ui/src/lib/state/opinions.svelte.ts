import type { ConsentView } from '$lib/backend/api';
import type { App } from './app.svelte';
import type { Thread } from './thread.svelte';

/** The consent that the user is asked for, one at a time. */
export class Opinions {
  asked = $state.raw<ConsentView | null>(null);
  /** The answer that a second opinion is being prepared for. */
  preparing = $state<string | null>(null);

  #thread: Thread | null = null;
  #message = '';
  #keep: string[] = [];

  constructor(private readonly app: App) {}

  /** Whether an answer of this chat could be given a second opinion on at all. */
  possible(conversation: string | undefined): boolean {
    const { app } = this;
    const pinned = app.chats.all.find((c) => c.id === conversation)?.pinned_local ?? false;
    return app.status.mode !== 'local_only' && !pinned && app.settings.providers.length > 0;
  }

  /** Shows what would be sent for a second opinion on `message`. Nothing is sent. */
  async ask(thread: Thread, message: string): Promise<void> {
    if (this.preparing || this.asked) return;
    this.#thread = thread;
    this.#keep = [];
    await this.#prepare(message);
  }

  /** Shows it again with `text` as the user wrote it. */
  async leaveAsItIs(text: string): Promise<void> {
    const before = this.asked;
    if (!before || this.preparing) return;
    this.#keep.push(text);
    await this.#prepare(this.#message);
    // Where it is not allowed, what is on screen can still be sent.
    if (this.asked === before) this.#keep.pop();
    else if (this.asked) this.#decline(before);
  }

  async #prepare(message: string): Promise<void> {
    const before = this.asked;
    this.#message = message;
    this.preparing = message;
    const asked = await this.app.attempt(() => this.app.backend.opinionPrepare(message, null, this.#keep));
    this.preparing = null;
    if (!asked) return;
    // Who has closed the sheet meanwhile is not asked again.
    if (this.asked !== before) return this.#decline(asked);
    this.asked = asked;
    // Who has gone on meanwhile, to another chat or question, is not asked about this one.
    if (this.#thread !== this.app.threads.shown || this.#thread.busy) this.keep();
  }

  keep(): void {
    const asked = this.asked;
    this.asked = null;
    if (asked) this.#decline(asked);
  }

  #decline({ id }: ConsentView): void {
    void this.app.attempt(() => this.app.backend.opinionDecline(id));
  }

  async send(body: string): Promise<void> {
    const asked = this.asked;
    this.asked = null;
    if (asked && this.#thread) await this.app.threads.secondOpinion(this.#thread, asked.id, body);
  }
}
