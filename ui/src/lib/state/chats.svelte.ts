import type { ConversationView, Label } from '$lib/backend/api';
import { t } from '$lib/i18n/i18n.svelte';
import type { App } from './app.svelte';
import { titleOf } from './title';

/** The list at the left: all chats, what a search found, and the trash. */
export class Chats {
  all = $state.raw<ConversationView[]>([]);
  query = $state('');
  /** What the search found; null while nothing is searched. */
  found = $state.raw<ConversationView[] | null>(null);
  /** The trashed chats while the trash is shown. */
  trash = $state.raw<ConversationView[] | null>(null);
  #searches = 0;

  constructor(
    private readonly app: App,
    first: ConversationView[]
  ) {
    this.all = first;
  }

  replace(conversations: ConversationView[]): void {
    this.all = conversations;
    if (this.query) void this.search(this.query);
    if (this.trash) void this.openTrash();
  }

  /** Puts a chat into the list before the core's own event says so. */
  put(conversation: ConversationView): void {
    this.all = [conversation, ...this.all.filter((c) => c.id !== conversation.id)];
  }

  async search(query: string): Promise<void> {
    this.query = query;
    const search = ++this.#searches;
    if (!query.trim()) {
      this.found = null;
      return;
    }
    const found = await this.app.attempt(() => this.app.backend.conversationList(query.trim(), false));
    // An earlier, slower search must not replace a later one.
    if (found && search === this.#searches) this.found = found;
  }

  async openTrash(): Promise<void> {
    const trashed = await this.app.attempt(() => this.app.backend.conversationList(null, true));
    if (trashed) this.trash = trashed;
  }

  closeTrash(): void {
    this.trash = null;
  }

  async rename(id: string, title: string): Promise<void> {
    await this.#change(id, { title }, () => this.app.backend.conversationRename(id, title));
  }

  async trashOne(conversation: ConversationView): Promise<void> {
    const { app } = this;
    const done = await app.attempt(async () => {
      await app.backend.conversationTrash(conversation.id);
      return true;
    });
    if (!done) return;
    this.all = this.all.filter((c) => c.id !== conversation.id);
    this.found = this.found?.filter((c) => c.id !== conversation.id) ?? null;
    app.threads.forget(conversation.id);
    app.notices.done(t().chats.trashed(titleOf(conversation)), () => void this.restore(conversation));
  }

  async restore(conversation: ConversationView): Promise<void> {
    const { app } = this;
    await app.attempt(() => app.backend.conversationRestore(conversation.id));
    this.trash = this.trash?.filter((c) => c.id !== conversation.id) ?? null;
    const all = await app.attempt(() => app.backend.conversationList(null, false));
    if (all) this.all = all;
  }

  async deleteForGood(conversation: ConversationView): Promise<void> {
    const { app } = this;
    await app.attempt(() => app.backend.conversationDelete(conversation.id));
    if (this.trash) await this.openTrash();
  }

  async pin(id: string, pinned: boolean): Promise<void> {
    await this.#change(id, { pinned_local: pinned }, () => this.app.backend.conversationPinLocal(id, pinned));
  }

  async setLabel(id: string, label: Label): Promise<void> {
    await this.#change(id, { label }, () => this.app.backend.conversationSetLabel(id, label));
  }

  /** Whether it was saved. */
  setSystemPrompt(id: string, text: string): Promise<boolean> {
    return this.#change(id, { system_prompt: text }, () =>
      this.app.backend.conversationSetSystemPrompt(id, text)
    );
  }

  /** Changes a row once the core has changed the chat; whether it did. */
  async #change(
    id: string,
    change: Partial<ConversationView>,
    command: () => Promise<void>
  ): Promise<boolean> {
    const done = await this.app.attempt(() => command().then(() => true));
    if (!done) return false;
    this.all = this.all.map((c) => (c.id === id ? { ...c, ...change } : c));
    this.found = this.found?.map((c) => (c.id === id ? { ...c, ...change } : c)) ?? null;
    return true;
  }
}
