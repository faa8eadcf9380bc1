import type { Ask, ConversationPage } from '$lib/backend/api';
import { toApiError } from '$lib/backend';
import type { App } from './app.svelte';
import { Thread } from './thread.svelte';

/** The conversation on screen, and those that go on answering behind it. */
export class Threads {
  shown = $state.raw(new Thread());
  readonly #running = new Map<string, Thread>();
  /** What was typed and not sent, by conversation. */
  readonly #drafts = new Map<string, string>();

  constructor(private readonly app: App) {}

  startNew(): void {
    this.#leave();
    if (this.shown.conversation || this.shown.busy) this.shown = new Thread();
    this.app.show('chat');
  }

  async open(id: string): Promise<void> {
    if (this.shown.conversation?.id === id) {
      this.app.show('chat');
      return;
    }
    this.#leave();
    const running = this.#running.get(id);
    if (running) {
      this.shown = running;
    } else {
      const page = await this.app.attempt(() => this.app.backend.conversationOpen(id));
      if (!page) return;
      const thread = new Thread();
      showPage(thread, page);
      thread.draft = this.#drafts.get(id) ?? '';
      this.shown = thread;
    }
    this.app.show('chat');
  }

  /** A chat that went to the trash leaves the screen. */
  forget(id: string): void {
    this.#drafts.delete(id);
    if (this.shown.conversation?.id === id) this.shown = new Thread();
  }

  async send(text: string): Promise<void> {
    const thread = this.shown;
    if (thread.busy || !text.trim()) return;
    const conversation = await this.ensureConversation(thread);
    if (!conversation) return;
    thread.draft = '';
    const parent = thread.last?.id ?? null;
    const shownBefore = thread.messages;
    await this.#run(thread, { action: 'send', conversation, parent, text });
    // Nothing of it was stored: the words go back to where they can be sent again.
    if (thread.failure && thread.messages === shownBefore && !thread.draft) thread.draft = text;
  }

  edit(message: string, text: string): Promise<void> {
    return this.#run(this.shown, { action: 'edit', message, text });
  }

  regenerate(message: string): Promise<void> {
    return this.#run(this.shown, { action: 'regenerate', message });
  }

  continue(message: string): Promise<void> {
    return this.#run(this.shown, { action: 'continue', message });
  }

  secondOpinion(consent: string, body: string): Promise<void> {
    return this.#run(this.shown, { action: 'second_opinion', consent, body });
  }

  async stop(): Promise<void> {
    const turn = this.shown.stop();
    if (turn) await this.app.attempt(() => this.app.backend.chatCancel(turn));
  }

  /** Shows the branch through `message`. */
  async select(message: string): Promise<void> {
    const thread = this.shown;
    const id = thread.conversation?.id;
    if (!id || thread.busy) return;
    const page = await this.app.attempt(() => this.app.backend.conversationSelect(id, message));
    if (page) showPage(thread, page);
  }

  /** The id of the thread's conversation, which is made when it does not exist yet. */
  async ensureConversation(thread: Thread = this.shown): Promise<string | null> {
    if (!thread.conversation) {
      const made = await this.app.attempt(() => this.app.backend.conversationCreate());
      if (!made) return null;
      thread.conversation = made;
      this.app.chats.put(made);
    }
    return thread.conversation.id;
  }

  /** Resolves when the turn has ended, however it did. */
  #run(thread: Thread, ask: Ask): Promise<void> {
    if (thread.busy) return Promise.resolve();
    const { app } = this;
    const id = thread.conversation?.id;
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
          resolve();
        }
      };
      app.backend.chatSend(ask, receive).catch((reason: unknown) => {
        receive({ event: 'failed', error: toApiError(reason), answer: null });
      });
    });
  }

  #leave(): void {
    const { conversation, draft } = this.shown;
    if (conversation) this.#drafts.set(conversation.id, draft);
  }
}

function showPage(thread: Thread, page: ConversationPage): void {
  thread.conversation = page.conversation;
  thread.messages = page.messages;
  thread.failure = null;
  thread.answerError = null;
  thread.editing = null;
}
