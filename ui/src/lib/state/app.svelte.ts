import type {
  AppEvent,
  ConversationView,
  EngineView,
  Hardware,
  ModelView,
  SandboxView,
  Settings,
  Snapshot,
  Status,
  Thinking
} from '$lib/backend/api';
import { type Backend, toApiError } from '$lib/backend';
import { i18n, t } from '$lib/i18n/i18n.svelte';
import { canAnswer } from '$lib/models/state';
import { Chats } from './chats.svelte';
import { type Address, address } from './links';
import { Notices } from './notices.svelte';
import { Opinions } from './opinions.svelte';
import { Shelf } from './shelf.svelte';
import { Sidebar } from './sidebar.svelte';
import { Threads } from './threads.svelte';

export type Page = 'chat' | 'models' | 'usage' | 'privacy' | 'settings';
export type Tint = 'off' | 'confidence' | 'origin';

/** What the whole window knows, kept true by the core's events. */
export class App {
  page = $state<Page>('chat');
  readonly sidebar = new Sidebar();
  tint = $state<Tint>('off');
  /** The address that waits for the user's yes. */
  linkToOpen = $state.raw<Address | null>(null);
  /** A model that came by itself, and waits for the user's yes to answer. */
  modelToUse = $state.raw<ModelView | null>(null);
  /** The keyboard asked for the search field, which may have to be drawn first. */
  searchWanted = $state(false);

  status = $state.raw<Status>()!;
  settings = $state.raw<Settings>()!;
  hardware = $state.raw<Hardware>()!;
  sandbox = $state.raw<SandboxView>()!;
  /** What the second engine can do; null until somebody wanted to know. */
  engine = $state.raw<EngineView | null>(null);
  models = $state.raw<ModelView[]>([]);
  firstRun = $state(false);
  readonly version: string;
  readonly dataDir: string;

  readonly notices = new Notices();
  readonly chats: Chats;
  readonly threads: Threads;
  readonly opinions: Opinions;
  readonly shelf: Shelf;

  #changing = Promise.resolve();

  /** Reads the first snapshot and listens from then on. */
  static async open(backend: Backend): Promise<App> {
    const app = new App(backend, await backend.appSnapshot());
    await backend.appWatch((event) => app.receive(event));
    return app;
  }

  private constructor(
    readonly backend: Backend,
    snapshot: Snapshot
  ) {
    this.version = snapshot.version;
    this.dataDir = snapshot.data_dir;
    this.firstRun = snapshot.first_run;
    this.status = snapshot.status;
    this.hardware = snapshot.hardware;
    this.sandbox = snapshot.sandbox;
    this.models = snapshot.models;
    this.apply(snapshot.settings);
    this.chats = new Chats(this, snapshot.conversations);
    this.threads = new Threads(this);
    this.opinions = new Opinions(this);
    this.shelf = new Shelf(this);
  }

  /** The model that answers next: the chosen one, named by its id or its name, or the built-in one. */
  get model(): ModelView | null {
    const wanted = this.settings.model?.toLowerCase();
    const chosen = (m: ModelView): boolean =>
      wanted === undefined ? m.builtin : [m.id, m.name].some((name) => name.toLowerCase() === wanted);
    return this.models.find(chosen) ?? null;
  }

  get conversations(): ConversationView[] {
    return this.chats.all;
  }

  show(page: Page): void {
    this.page = page;
    this.sidebar.arrived();
  }

  /** Runs a command; its failure is said and stays until it is dismissed. */
  async attempt<T>(command: () => Promise<T>): Promise<T | undefined> {
    try {
      return await command();
    } catch (reason) {
      this.notices.fail(toApiError(reason));
      return undefined;
    }
  }

  change(change: Partial<Settings> | ((now: Settings) => Partial<Settings>)): Promise<void> {
    // One after the other: each starts from what the one before has left.
    this.#changing = this.#changing.then(async () => {
      const now = $state.snapshot(this.settings) as Settings;
      const part = typeof change === 'function' ? change(now) : change;
      const kept = await this.attempt(() => this.backend.settingsUpdate({ ...now, ...part }));
      if (kept) this.apply(kept);
    });
    return this.#changing;
  }

  changeThinking(change: Partial<Thinking>): Promise<void> {
    return this.change(({ thinking }) => ({ thinking: { ...thinking, ...change } }));
  }

  /** Free memory and disk change all the time. */
  async refreshHardware(): Promise<void> {
    const now = await this.attempt(() => this.backend.appSnapshot());
    if (now) this.hardware = now.hardware;
  }

  /** Asks the second engine, which may have come, or lost its GPU, meanwhile. */
  async refreshEngine(): Promise<void> {
    const now = await this.attempt(() => this.backend.engineView());
    if (now) this.engine = now;
  }

  /** Adds a model file by its path and answers with it from now on. */
  async addModelFile(path: string): Promise<void> {
    const model = await this.#added(path);
    if (model) await this.useModel(model);
  }

  /** Adds a model file that was dropped here, or that another start named, which any program can do: so it asks. */
  async offerModelFile(path: string): Promise<void> {
    const model = await this.#added(path);
    if (model && canAnswer(model) && model.id !== this.model?.id) this.modelToUse = model;
  }

  #added(path: string): Promise<ModelView | undefined> {
    this.show('models');
    return this.attempt(() => this.backend.modelAddPath(path));
  }

  async openModelFile(): Promise<void> {
    const model = await this.attempt(() => this.backend.modelAdd());
    if (!model) return;
    this.show('models');
    await this.useModel(model);
  }

  async openModelFolder(): Promise<void> {
    const model = await this.attempt(() => this.backend.modelAddFolder());
    if (model) await this.useModel(model);
  }

  async useModel(model: ModelView): Promise<void> {
    if (canAnswer(model)) await this.attempt(() => this.backend.modelUse(model.id));
  }

  /** Asks before an address is opened outside; anything but plain web and mail addresses is refused. */
  askToOpen(url: string): void {
    this.linkToOpen = address(url);
    if (!this.linkToOpen) this.notices.say(t().link.refused);
  }

  receive(event: AppEvent): void {
    switch (event.event) {
      case 'status':
        this.status = event;
        break;
      case 'models':
        this.models = event.models;
        break;
      case 'downloads':
        this.shelf.receive(event.downloads);
        break;
      case 'conversations':
        this.chats.replace(event.conversations);
        break;
      case 'sandbox':
        this.sandbox = event;
        break;
      case 'settings':
        this.apply(event.settings);
        break;
      case 'engine':
        // Where the answer itself says so, once is enough.
        if (this.threads.shown.answerError?.error.message !== event.message) this.notices.say(event.message);
        break;
      case 'open':
        if (event.path) void this.offerModelFile(event.path);
        break;
    }
  }

  private apply(settings: Settings): void {
    this.settings = settings;
    i18n.choose(settings.language);
    const root = document.documentElement;
    root.lang = i18n.language;
    if (settings.theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = settings.theme;
  }
}
