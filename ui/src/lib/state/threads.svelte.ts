import type { Ask, ConversationPage } from '$lib/backend/api';
import { toApiError } from '$lib/backend';
import type { App } from './app.svelte';
import { Thread } from './thread.svelte';

/** The conversation on screen, and those that go on answering behind it. */
export class Threads {
  /** The new chat, with what was typed for it. */
  #next = new Thread();
  shown = $state.raw(this.#next);
  readonly #running = new Map<string, Thread>();
  /** What was typed and not sent, by conversation. */
  readonly #unsent = new Map<string, Pick<Thread, 'draft' | 'editing'>>();
  /** The conversations that are being made. */
  readonly #making = new Map<Thread, Promise<string | null>>();
  #opens = 0;

  constructor(private readonly app: App) {}

  startNew(): void {
    this.#opens++;
    this.#show(this.#new());
  }

  async open(id: string): Promise<void> {
    const open = ++this.#opens;
    if (this.shown.conversation?.id === id) {
      this.app.show('chat');
      return;
    }
    const running = this.#running.get(id);
    if (running) {
      this.#show(running);
      return;
    }
    const page = await this.app.attempt(() => this.app.backend.conversationOpen(id));
    // An earlier, slower chat must not replace a later one.
    if (!page || open !== this.#opens) return;
    const thread = new Thread();
    showPage(thread, page);
    Object.assign(thread, this.#unsent.get(id));
    this.#show(thread);
  }

  /** A chat that went to the trash leaves the screen. */
  forget(id: string): void {
    this.#unsent.delete(id);
    if (this.shown.conversation?.id === id) this.shown = this.#new();
  }

  async send(text: string): Promise<void> {
    const thread = this.shown;
    if (thread.busy || !text.trim()) return;
    const conversation = await this.ensureConversation(thread);
    // While the conversation was made, another question may have been sent.
    if (!conversation || thread.busy) return;
    if (thread.draft === text) thread.draft = '';
    const parent = thread.last?.id ?? null;
    const stored = await this.#run(thread, { action: 'send', conversation, parent, text });
    if (stored) return;
    // The words go back to where they can be sent again.
    thread.draft ||= text;
    this.#keep(thread);
  }

  async edit(message: string, text: string): Promise<void> {
    const thread = this.shown;
    if (thread.busy) return;
    thread.editing = null;
    const stored = await this.#run(thread, { action: 'edit', message, text });
    if (stored) return;
    thread.editing ??= { message, text };
    this.#keep(thread);
  }

  async regenerate(message: string): Promise<void> {
    await this.#run(this.shown, { action: 'regenerate', message });
  }

  async continue(message: string): Promise<void> {
    await this.#run(this.shown, { action: 'continue', message });
  }

  async secondOpinion(thread: Thread, consent: string, body: string): Promise<void> {
    await this.#run(thread, { action: 'second_opinion', consent, body });
  }

  async stop(): Promise<void> {
    const turn = this.shown.stop();
    if (turn) await this.app.attempt(() => this.app.backend.chatCancel(turn));
  }

  /** Closes the thought under way. */
  async answerNow(): Promise<void> {
    const turn = this.shown.live?.turn;
    if (turn) await this.app.attempt(() => this.app.backend.chatAnswerNow(turn));
  }

  /** Shows the branch through `message`. */
  async select(message: string): Promise<void> {
    const thread = this.shown;
    const id = thread.conversation?.id;
    if (!id || thread.busy) return;
    const page = await this.app.attempt(() => this.app.backend.conversationSelect(id, message));
    if (page && !thread.busy) showPage(thread, page);
  }

  /** The id of the thread's conversation, which is made when it does not exist yet. */
  ensureConversation(thread: Thread = this.shown): Promise<string | null> {
    if (thread.conversation) return Promise.resolve(thread.conversation.id);
    let making = this.#making.get(thread);
    if (!making) {
      making = this.#make(thread).finally(() => this.#making.delete(thread));
      this.#making.set(thread, making);
    }
    return making;
  }

  async #make(thread: Thread): Promise<string | null> {
    const made = await this.app.attempt(() => this.app.backend.conversationCreate());
    if (!made) return null;
    thread.conversation = made;
    this.app.chats.put(made);
    return made.id;
  }

  /** Resolves when the turn has ended; false when nothing of it was stored. */
  #run(thread: Thread, ask: Ask): Promise<boolean> {
    if (thread.busy) return Promise.resolve(false);
    const { app } = this;
    const id = thread.conversation?.id;
    const shownBefore = thread.messages;
    if (id) this.#running.set(id, thread);
    thread.begin();
    return new Promise((resolve) => {
      const receive = (event: Parameters<Thread['receive']>[0]): void => {
        if (!thread.busy) return;
        if (event.event === 'started') app.firstRun = false;
        const cancel = thread.receive(event);
        if (cancel) void app.attempt(() => app.backend.chatCancel(cancel));
        if (event.event === 'failed' && thread === this.shown) app.notices.retract(event.error.message);
        if (event.event === 'finished' || event.event === 'failed') {
          if (id) this.#running.delete(id);
          resolve(thread.messages !== shownBefore);
        }
      };
      app.backend.chatSend(ask, receive).catch((reason: unknown) => {
        receive({ event: 'failed', error: toApiError(reason), answer: null });
      });
    });
  }

  #new(): Thread {
    if (this.#next.conversation) this.#next = new Thread();
    return this.#next;
  }

  #show(thread: Thread): void {
    this.#keep(this.shown);
    this.shown = thread;
    this.app.show('chat');
  }

  #keep({ conversation, draft, editing }: Thread): void {
    if (conversation) this.#unsent.set(conversation.id, { draft, editing });
  }
}

function showPage(thread: Thread, page: ConversationPage): void {
  thread.conversation = page.conversation;
  thread.messages = page.messages;
  thread.failure = null;
  thread.answerError = null;
}
