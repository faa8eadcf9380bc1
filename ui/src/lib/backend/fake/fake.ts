import type {
  AnswerView,
  ApiError,
  AppEvent,
  Ask,
  CatalogModel,
  ChatEvent,
  ConnectionView,
  ConsentView,
  ConversationPage,
  ConversationView,
  EngineView,
  GradeView,
  LedgerView,
  KeyFileState,
  KeyHome,
  KeyState,
  Label,
  DownloadView,
  FoundModel,
  MessageView,
  ModelRecord,
  ModelView,
  PresetView,
  ProviderConfig,
  ProviderView,
  Receipt,
  Recommended,
  Settings,
  Snapshot,
  UsageDay,
  Verdict,
  Wish
} from '../api';
import type { Backend } from '../backend';
import { conversations, hostileAnswer, hostileChats, longAnswer } from './conversations';
import { consentFor, presets, providerView, receiptFor } from './elsewhere';
import {
  defaultAnswer,
  defaultThought,
  emptySnapshot,
  loaded,
  models,
  processor,
  tokensOf,
  usage
} from './seed';

/** What the scripted model does with the next question. */
export interface Script {
  /** Pieces of the thought before it, in order. */
  thought?: string[];
  /** Pieces of the answer, in order. */
  pieces: string[];
  answer?: Partial<AnswerView>;
  /** The turn fails after the pieces. */
  error?: ApiError;
  /** The turn fails before an answer exists. */
  refused?: ApiError;
}

interface Stored {
  conversation: string;
  view: Omit<MessageView, 'siblings'>;
}

type Emit = (event: ChatEvent) => void;

/**
 * A core that lives in the page: conversations in memory, answers from a script, delays and failures
 * on request. For tests, and for looking at the window in a plain browser.
 */
export class FakeBackend implements Backend {
  /** Time between two pieces of an answer, in ms. */
  paceMs = 0;
  /** What is answered where nothing is scripted. */
  answers: (question: string) => string[] = (question) => defaultAnswer(question).match(/\S+\s*/g) ?? [];
  /** Commands that were called, oldest first. */
  readonly calls: { command: string; args: unknown[] }[] = [];
  readonly snapshot: Snapshot;
  connections: ConnectionView[] = [];
  /** Of every answer. */
  keyFile: KeyFileState = 'absent';
  grade: GradeView | null = null;
  ledger: LedgerView = {
    entries: [],
    unreadable: [],
    spent_today: 0,
    spent_this_month: 0,
    check: { found: 'intact', rows: 0 }
  };
  usage: UsageDay[] = [];
  catalog: CatalogModel[] = [];
  downloads: DownloadView[] = [];
  hubTokenState: KeyState = { state: 'missing' };
  found: FoundModel[] = [];
  engine: EngineView = { second: { state: 'ready' }, built_for: null, gpus: [], no_gpu: 'not_built' };

  #scripts: Script[] = [];
  #keys = new Map<string, KeyHome>();
  /** The answer that each consent was asked for. */
  #consents = new Map<string, string>();
  #failures = new Map<keyof Backend, ApiError>();
  #held = new Map<keyof Backend, Promise<void>>();
  #watchers: ((event: AppEvent) => void)[] = [];
  #conversations = new Map<string, ConversationView>();
  #messages = new Map<string, Stored>();
  /** The child that is shown under each message, or under the conversation itself. */
  #active = new Map<string, string>();
  #cancelled = new Set<string>();
  #hurried = new Set<string>();
  #next = 1;

  constructor(snapshot: Snapshot = emptySnapshot()) {
    this.snapshot = snapshot;
    for (const conversation of snapshot.conversations) this.#conversations.set(conversation.id, conversation);
  }

  /** A home that has been lived in; `?scene=first` is a first run, `?scene=trouble` one where much is wrong, `?scene=thinker` one whose model thinks, `?hostile=0&count=50` one with hostile answers. */
  static seeded(): FakeBackend {
    const parameters = new URLSearchParams(location.search);
    const fake = new FakeBackend();
    fake.paceMs = Number(parameters.get('pace') ?? 24);
    const theme = parameters.get('theme');
    if (theme === 'light' || theme === 'dark') fake.snapshot.settings.theme = theme;
    if (parameters.get('language') === 'de') fake.snapshot.settings.language = 'de';
    const scene = parameters.get('scene');
    if (scene === 'first') return fake;

    fake.snapshot.first_run = false;
    fake.snapshot.models = models(scene === 'trouble');
    if (scene === 'thinker') fake.useThinker();
    fake.snapshot.status.decode_tok_s = 142.3;
    fake.snapshot.status.storage_problem =
      scene === 'trouble'
        ? 'The disk is full. What is on screen is kept; free some space, and saving goes on by itself.'
        : null;
    fake.usage = usage(90);
    for (const seed of conversations(Number(parameters.get('messages') ?? 0))) fake.seed(seed);
    const first = parameters.get('hostile');
    if (first !== null) {
      for (const seed of hostileChats(Number(first), Number(parameters.get('count')))) fake.seed(seed);
      fake.answers = hostileAnswer;
    }
    if (parameters.get('answer') === 'long') fake.willAnswer({ pieces: longAnswer() });
    if (scene === 'trouble') {
      fake.willAnswer({
        pieces: ['The first step is to '],
        error: {
          code: 'engine_died',
          message: 'The engine stopped while it was answering. What it had written is kept.',
          action: 'Ask again: the engine starts anew with your next question.'
        }
      });
    }
    return fake;
  }

  /** The model that answers next is one that thinks, and whose template knows no switch. */
  useThinker(): void {
    const [starter, thinker, ...others] = models(false);
    const state = loaded(3_100_000_000, { thinks: true });
    this.snapshot.models = [starter!, { ...thinker!, state }, ...others];
    this.snapshot.settings.model = thinker!.id;
    this.snapshot.status.model = thinker!.name;
  }

  willAnswer(script: Script): void {
    this.#scripts.push(script);
  }

  /** The next call of `command` fails with `error`. */
  willFail(command: keyof Backend, error: ApiError): void {
    this.#failures.set(command, error);
  }

  /** The next call of `command` waits until what is returned is called. */
  willWait(command: keyof Backend): () => void {
    let release = (): void => undefined;
    this.#held.set(command, new Promise((resolve) => (release = resolve)));
    return () => release();
  }

  emit(event: AppEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }

  /** Adds a conversation whose messages alternate between user and assistant. */
  seed(seed: {
    conversation: ConversationView;
    turns: { text: string; thought?: string; answer?: AnswerView }[];
  }): string {
    this.#conversations.set(seed.conversation.id, seed.conversation);
    let parent: string | null = null;
    for (const { text, thought, answer } of seed.turns) {
      const stored = this.#store(
        seed.conversation.id,
        parent,
        answer ? 'assistant' : 'user',
        text,
        answer ?? null
      );
      stored.view.thought = thought ?? '';
      parent = stored.view.id;
    }
    this.snapshot.conversations = this.#list(false);
    return parent ?? '';
  }

  appSnapshot(): Promise<Snapshot> {
    return this.#do('appSnapshot', [], () => this.snapshot);
  }

  appWatch(onEvent: (event: AppEvent) => void): Promise<void> {
    return this.#do('appWatch', [], () => void this.#watchers.push(onEvent));
  }

  async chatSend(ask: Ask, onEvent: Emit): Promise<void> {
    await this.#do('chatSend', [ask], () => undefined);
    const script = this.#scripts.shift() ?? this.#scripted(this.#question(ask));
    if (script.refused) {
      onEvent({ event: 'failed', error: script.refused, answer: null });
      return;
    }
    await this.#answer(ask, script, onEvent);
  }

  chatCancel(turn: string): Promise<void> {
    return this.#do('chatCancel', [turn], () => void this.#cancelled.add(turn));
  }

  chatAnswerNow(turn: string): Promise<void> {
    return this.#do('chatAnswerNow', [turn], () => void this.#hurried.add(turn));
  }

  conversationCreate(): Promise<ConversationView> {
    return this.#do('conversationCreate', [], () => {
      const now = Date.now();
      const made: ConversationView = {
        id: this.#id('c'),
        title: '',
        system_prompt: this.snapshot.settings.system_prompt,
        foreign_prompt: false,
        created_ms: now,
        updated_ms: now,
        pinned_local: false,
        label: 'public',
        trashed_ms: null,
        snippet: null
      };
      this.#conversations.set(made.id, made);
      return made;
    });
  }

  conversationList(query: string | null, trash: boolean): Promise<ConversationView[]> {
    return this.#do('conversationList', [query, trash], () =>
      query ? this.#search(query) : this.#list(trash)
    );
  }

  conversationOpen(id: string): Promise<ConversationPage> {
    return this.#do('conversationOpen', [id], () => this.#page(id));
  }

  conversationRename(id: string, title: string): Promise<void> {
    return this.#do('conversationRename', [id, title], () => this.#change(id, { title }));
  }

  conversationSetSystemPrompt(id: string, text: string): Promise<void> {
    return this.#do('conversationSetSystemPrompt', [id, text], () =>
      this.#change(id, { system_prompt: text, foreign_prompt: false })
    );
  }

  conversationPinLocal(id: string, pinned: boolean): Promise<void> {
    return this.#do('conversationPinLocal', [id, pinned], () => this.#change(id, { pinned_local: pinned }));
  }

  conversationSetLabel(id: string, label: Label): Promise<void> {
    return this.#do('conversationSetLabel', [id, label], () => this.#change(id, { label }));
  }

  conversationSelect(id: string, message: string): Promise<ConversationPage> {
    return this.#do('conversationSelect', [id, message], () => {
      let child = this.#messages.get(message);
      while (child) {
        this.#active.set(child.view.parent ?? id, child.view.id);
        child = child.view.parent ? this.#messages.get(child.view.parent) : undefined;
      }
      return this.#page(id);
    });
  }

  conversationTrash(id: string): Promise<void> {
    return this.#do('conversationTrash', [id], () => this.#change(id, { trashed_ms: Date.now() }));
  }

  conversationRestore(id: string): Promise<void> {
    return this.#do('conversationRestore', [id], () => this.#change(id, { trashed_ms: null }));
  }

  conversationDelete(id: string): Promise<void> {
    return this.#do('conversationDelete', [id], () => void this.#conversations.delete(id));
  }

  conversationExport(): Promise<string | null> {
    return this.#do('conversationExport', [], () => '/home/ada/Documents/hearth-chats.json');
  }

  conversationImport(): Promise<number | null> {
    return this.#do('conversationImport', [], () => 3);
  }

  modelAdd(): Promise<ModelView | null> {
    return this.#do('modelAdd', [], () => this.modelAddPath('/home/ada/models/Qwen3-1.7B-Q8_0.gguf'));
  }

  modelAddFolder(): Promise<ModelView | null> {
    return this.#do('modelAddFolder', [], () => this.modelAddPath('/home/ada/models/Qwen3-0.6B'));
  }

  modelAddPath(path: string): Promise<ModelView> {
    return this.#do('modelAddPath', [path], () => {
      const name =
        path
          .split('/')
          .pop()
          ?.replace(/\.gguf$/, '') ?? path;
      const added: ModelView = { ...this.snapshot.models[0]!, id: path, name, path, builtin: false };
      added.state = { state: 'on_disk' };
      this.#models([...this.snapshot.models.filter((m) => m.id !== path), added]);
      return added;
    });
  }

  modelRemove(id: string): Promise<void> {
    return this.#do('modelRemove', [id], () => this.#models(this.snapshot.models.filter((m) => m.id !== id)));
  }

  modelUse(id: string): Promise<void> {
    return this.#do('modelUse', [id], () => {
      const name = this.snapshot.models.find((m) => m.id === id)?.name ?? null;
      this.snapshot.settings = { ...this.snapshot.settings, model: id };
      this.snapshot.status = { ...this.snapshot.status, model: name };
      this.emit({ event: 'settings', settings: this.snapshot.settings });
      this.emit({ event: 'status', ...this.snapshot.status });
    });
  }

  modelLoad(id: string): Promise<void> {
    return this.#do('modelLoad', [id], async () => {
      for (const fraction of [0, 0.4, 0.8]) {
        this.#state(id, { state: 'loading', fraction });
        await this.#pause();
      }
      this.#state(id, loaded(1_840_000_000));
    });
  }

  modelUnload(): Promise<void> {
    return this.#do('modelUnload', [], () => {
      for (const { id, state } of this.snapshot.models)
        if (state.state === 'loaded') this.#state(id, { state: 'on_disk' });
    });
  }

  modelRetry(id: string): Promise<void> {
    return this.#do('modelRetry', [id], () => this.#state(id, { state: 'on_disk' }));
  }

  engineView(): Promise<EngineView> {
    return this.#do('engineView', [], () => this.engine);
  }

  settingsUpdate(settings: Settings): Promise<Settings> {
    return this.#do('settingsUpdate', [settings], () => {
      this.snapshot.status = { ...this.snapshot.status, mode: settings.mode };
      this.emit({ event: 'status', ...this.snapshot.status });
      this.snapshot.settings = settings;
      this.#models(
        this.snapshot.models.map((model) => {
          const choice = settings.drafts[model.id] ?? settings.draft;
          return { ...model, draft: { ...model.draft, choice } };
        })
      );
      return settings;
    });
  }

  providerList(): Promise<ProviderView[]> {
    return this.#do('providerList', [], () => this.#providers());
  }

  providerPresets(): Promise<PresetView[]> {
    return this.#do('providerPresets', [], () => presets);
  }

  providerSave(config: ProviderConfig): Promise<ProviderView[]> {
    return this.#do('providerSave', [config], () => {
      const all = this.snapshot.settings.providers;
      const known = all.some((p) => p.id === config.id);
      return this.#keep(known ? all.map((p) => (p.id === config.id ? config : p)) : [...all, config]);
    });
  }

  providerRemove(id: string): Promise<ProviderView[]> {
    return this.#do('providerRemove', [id], () =>
      this.#keep(this.snapshot.settings.providers.filter((p) => p.id !== id))
    );
  }

  providerSetKey(id: string, key: string, home: KeyHome): Promise<ProviderView[]> {
    return this.#do('providerSetKey', [id, key, home], () => {
      this.#keys.set(id, home);
      return this.#providers();
    });
  }

  providerForgetKey(id: string): Promise<ProviderView[]> {
    return this.#do('providerForgetKey', [id], () => {
      this.#keys.delete(id);
      return this.#providers();
    });
  }

  keyFileState(): Promise<KeyFileState> {
    return this.#do('keyFileState', [], () => this.keyFile);
  }

  keyFileOpen(passphrase: string): Promise<ProviderView[]> {
    return this.#do('keyFileOpen', [passphrase], () => {
      this.keyFile = 'open';
      return this.#providers();
    });
  }

  opinionPrepare(message: string, provider: string | null, keep: string[]): Promise<ConsentView> {
    return this.#do('opinionPrepare', [message, provider, keep], () => {
      const id = this.#id('k');
      this.#consents.set(id, message);
      const question = this.#messages.get(this.#messages.get(message)?.view.parent ?? '')?.view.text ?? '';
      return consentFor(id, this.#providers()[0]!, question);
    });
  }

  opinionDecline(consent: string): Promise<void> {
    return this.#do('opinionDecline', [consent], () => void this.#consents.delete(consent));
  }

  answerGrade(message: string, said: boolean | null): Promise<void> {
    return this.#do('answerGrade', [message, said], () => {
      if (this.grade) this.grade = { ...this.grade, said };
    });
  }

  answerGraded(message: string): Promise<GradeView | null> {
    return this.#do('answerGraded', [message], () => this.grade);
  }

  answerReceipt(message: string): Promise<Receipt | null> {
    return this.#do('answerReceipt', [message], () => receiptFor(this.#providers()[0]!));
  }

  modelImport(): Promise<ModelView | null> {
    return this.#do('modelImport', [], () => this.modelAddPath('/home/ada/hearth/models/copy.gguf'));
  }

  modelUndoRemove(id: string): Promise<ModelView> {
    return this.#do('modelUndoRemove', [id], () => this.modelAddPath(id));
  }

  modelVerify(id: string): Promise<Verdict> {
    return this.#do('modelVerify', [id], () => 'as_published' as const);
  }

  modelRecords(): Promise<ModelRecord[]> {
    return this.#do('modelRecords', [], () =>
      this.snapshot.models.map(({ id }) => ({
        id,
        owned: false,
        source: null,
        last_used_ms: null,
        decode_tok_s: null
      }))
    );
  }

  draftMeasure(id: string): Promise<ModelView> {
    return this.#do('draftMeasure', [id], () => {
      const gain = { plain_tok_s: 21.4, tok_s: 33.2, speedup: 1.55, drafted: 210, accepted: 164 };
      const measured = { gain, helps: true, memory_bytes: 3_620_000_000, at_ms: Date.now() };
      this.#models(
        this.snapshot.models.map((m) => (m.id === id ? { ...m, draft: { ...m.draft, measured } } : m))
      );
      return this.snapshot.models.find((m) => m.id === id)!;
    });
  }

  modelFind(): Promise<FoundModel[]> {
    return this.#do('modelFind', [], () => this.found);
  }

  catalogList(): Promise<CatalogModel[]> {
    return this.#do('catalogList', [], () => this.catalog);
  }

  catalogRecommend(wish: Wish): Promise<Recommended | null> {
    return this.#do('catalogRecommend', [wish], () => {
      const model = this.catalog.find((m) => m.kind === wish.kind);
      return model ? { model: model.id, name: model.name, file: model.files[0]!, draft: null } : null;
    });
  }

  hubToken(): Promise<KeyState> {
    return this.#do('hubToken', [], () => this.hubTokenState);
  }

  hubSetToken(token: string, home: KeyHome): Promise<KeyState> {
    return this.#do('hubSetToken', [token, home], () => (this.hubTokenState = { state: 'kept', home }));
  }

  hubForgetToken(): Promise<KeyState> {
    return this.#do('hubForgetToken', [], () => (this.hubTokenState = { state: 'missing' }));
  }

  downloadList(): Promise<DownloadView[]> {
    return this.#do('downloadList', [], () => this.downloads);
  }

  downloadStart(model: string, file: string): Promise<DownloadView> {
    return this.#do('downloadStart', [model, file], () => {
      const known = this.catalog.find((m) => m.id === model)!;
      const wanted = known.files.find((f) => f.name === file)!;
      const download: DownloadView = {
        id: wanted.id,
        name: known.name,
        bytes: wanted.bytes,
        received: 0,
        speed: null,
        left_s: null,
        state: { state: 'running' }
      };
      this.showDownloads([...this.downloads.filter((d) => d.id !== download.id), download]);
      return download;
    });
  }

  downloadPause(id: string): Promise<void> {
    return this.#do('downloadPause', [id], () => this.#downloadIs(id, { state: 'paused' }));
  }

  downloadResume(id: string): Promise<void> {
    return this.#do('downloadResume', [id], () => this.#downloadIs(id, { state: 'running' }));
  }

  downloadCancel(id: string): Promise<void> {
    return this.#do('downloadCancel', [id], () =>
      this.showDownloads(this.downloads.filter((d) => d.id !== id))
    );
  }

  /** What the core would tell about its downloads now. */
  showDownloads(downloads: DownloadView[]): void {
    this.downloads = downloads;
    this.emit({ event: 'downloads', downloads });
  }

  #downloadIs(id: string, state: DownloadView['state']): void {
    this.showDownloads(this.downloads.map((d) => (d.id === id ? { ...d, state } : d)));
  }

  usageDays(days: number): Promise<UsageDay[]> {
    return this.#do('usageDays', [days], () => this.usage.slice(-days));
  }

  privacyConnections(): Promise<ConnectionView[]> {
    return this.#do('privacyConnections', [], () => this.connections);
  }

  privacyLedger(): Promise<LedgerView> {
    return this.#do('privacyLedger', [], () => this.ledger);
  }

  privacyLedgerExport(): Promise<string | null> {
    return this.#do('privacyLedgerExport', [], () => '/home/someone/hearth-ledger.jsonl');
  }

  linkOpen(url: string): Promise<void> {
    return this.#do('linkOpen', [url], () => undefined);
  }

  #providers(): ProviderView[] {
    return this.snapshot.settings.providers.map((config) => {
      const home = this.#keys.get(config.id);
      return providerView(config, home ? { state: 'kept', home } : { state: 'missing' });
    });
  }

  #keep(providers: ProviderConfig[]): ProviderView[] {
    this.snapshot.settings = { ...this.snapshot.settings, providers };
    this.emit({ event: 'settings', settings: this.snapshot.settings });
    return this.#providers();
  }

  async #answer(ask: Ask, script: Script, emit: Emit): Promise<void> {
    const turn = this.#id('t');
    const { user, answer } = this.#begin(ask);
    const emitted = {
      thought: answer.view.thought,
      text: answer.view.text,
      tokens: [...(answer.view.answer?.tokens ?? [])]
    };
    emit({ event: 'started', turn, user: user && this.#view(user), answer: this.#view(answer) });
    emit({
      event: 'routed',
      place: answer.view.answer!.place,
      model: answer.view.answer!.model,
      reasons: answer.view.answer!.reasons
    });
    await this.#pause();
    const thinks = this.snapshot.settings.thinking.mode !== 'off';
    for (const text of (thinks && script.thought) || []) {
      if (this.#cancelled.has(turn) || this.#hurried.has(turn)) break;
      emitted.thought += text;
      emit({ event: 'thought', text });
      await this.#pause();
    }
    for (const text of script.pieces) {
      if (this.#cancelled.has(turn)) break;
      const marks = tokensOf(text, emitted.tokens.length);
      emitted.text += text;
      emitted.tokens.push(...marks);
      emit({ event: 'text', text, tokens: marks });
      await this.#pause();
    }
    const finish = script.error ? 'failed' : this.#cancelled.has(turn) ? 'cancelled' : 'stop';
    answer.view.thought = emitted.thought;
    answer.view.text = emitted.text;
    answer.view.answer = {
      ...this.#finished(emitted.tokens.length, tokensOf(emitted.thought, 0).length),
      ...(ask.action === 'second_opinion' ? this.#away() : {}),
      finish,
      error: script.error?.message ?? null,
      tokens: emitted.tokens,
      ...script.answer
    };
    this.#change(answer.conversation, { updated_ms: Date.now() });
    if (script.error) emit({ event: 'failed', error: script.error, answer: this.#view(answer) });
    else emit({ event: 'finished', answer: this.#view(answer) });
  }

  /** Puts what is new of a turn into the tree. */
  #begin(ask: Ask): { user: Stored | null; answer: Stored } {
    const blank = {
      ...this.#finished(0),
      finish: null,
      usage: null,
      timing: null,
      confidence: null,
      speculation: null
    };
    switch (ask.action) {
      case 'send': {
        const user = this.#store(ask.conversation, ask.parent, 'user', ask.text, null);
        if (!this.#conversations.get(ask.conversation)?.title)
          this.#change(ask.conversation, { title: ask.text.slice(0, 60) });
        return { user, answer: this.#store(ask.conversation, user.view.id, 'assistant', '', blank) };
      }
      case 'edit': {
        const old = this.#messages.get(ask.message)!;
        const user = this.#store(old.conversation, old.view.parent, 'user', ask.text, null);
        return { user, answer: this.#store(old.conversation, user.view.id, 'assistant', '', blank) };
      }
      case 'regenerate': {
        const old = this.#messages.get(ask.message)!;
        return { user: null, answer: this.#store(old.conversation, old.view.parent, 'assistant', '', blank) };
      }
      case 'continue':
        return { user: null, answer: this.#messages.get(ask.message)! };
      case 'second_opinion': {
        const old = this.#messages.get(this.#consents.get(ask.consent)!)!;
        const { config, place } = this.#providers()[0]!;
        const away = { ...blank, place, model: config.model, reasons: ['you_asked' as const] };
        return { user: null, answer: this.#store(old.conversation, old.view.parent, 'assistant', '', away) };
      }
    }
  }

  #finished(answer: number, thought = 0): AnswerView {
    return {
      finish: 'stop',
      place: 'this_device',
      model: this.snapshot.status.model ?? 'Hearth Starter',
      backend: 'cpu',
      device: processor,
      reasons: ['mode_local_only'],
      usage: {
        prompt_tokens: 64,
        completion_tokens: answer + thought,
        thought_tokens: thought,
        reused_tokens: 24
      },
      timing: {
        load_ms: null,
        ttft_ms: 92.4,
        prefill_tok_s: 1840,
        decode_tok_s: 142.3,
        thought_ms: thought > 0 ? thought * 7 : null
      },
      confidence: { mean_logprob: -0.14, p10_logprob: -0.9, mean_entropy: 0.4 },
      speculation: {
        draft: 'Starter draft',
        drafted: answer,
        accepted: Math.floor(answer * 0.8),
        mean_accepted: 2.4,
        speedup_estimate: 1.42,
        off_reason: null
      },
      cost_nano_usd: 0,
      bytes_sent: 0,
      error: null,
      tokens: []
    };
  }

  /** The figures of an answer from the first provider. */
  #away(): Partial<AnswerView> {
    const { config, place } = this.#providers()[0]!;
    return {
      place,
      model: config.model,
      backend: config.name,
      device: null,
      reasons: ['you_asked'],
      confidence: null,
      speculation: null,
      cost_nano_usd: 412_000,
      bytes_sent: 512
    };
  }

  #scripted(question: string): Script {
    return { pieces: this.answers(question), thought: defaultThought(question).match(/\S+\s*/g) ?? [] };
  }

  #question(ask: Ask): string {
    if (ask.action === 'send' || ask.action === 'edit') return ask.text;
    return 'again';
  }

  #store(
    conversation: string,
    parent: string | null,
    role: MessageView['role'],
    text: string,
    answer: AnswerView | null
  ): Stored {
    const stored: Stored = {
      conversation,
      view: { id: this.#id('m'), parent, role, text, thought: '', created_ms: Date.now(), answer }
    };
    this.#messages.set(stored.view.id, stored);
    this.#active.set(parent ?? conversation, stored.view.id);
    return stored;
  }

  #view(stored: Stored): MessageView {
    const siblings = [...this.#messages.values()]
      .filter((m) => m.conversation === stored.conversation && m.view.parent === stored.view.parent)
      .map((m) => m.view.id);
    return { ...stored.view, siblings };
  }

  #page(id: string): ConversationPage {
    const messages: MessageView[] = [];
    let next = this.#active.get(id);
    while (next) {
      messages.push(this.#view(this.#messages.get(next)!));
      next = this.#active.get(next);
    }
    return { conversation: this.#conversations.get(id)!, messages };
  }

  #list(trash: boolean): ConversationView[] {
    return [...this.#conversations.values()]
      .filter((c) => (c.trashed_ms !== null) === trash)
      .sort((a, b) => b.updated_ms - a.updated_ms);
  }

  #search(query: string): ConversationView[] {
    const wanted = query.toLowerCase();
    return this.#list(false).flatMap((conversation) => {
      const hit = [...this.#messages.values()].find(
        (m) => m.conversation === conversation.id && m.view.text.toLowerCase().includes(wanted)
      );
      if (!hit) return conversation.title.toLowerCase().includes(wanted) ? [conversation] : [];
      const at = hit.view.text.toLowerCase().indexOf(wanted);
      const end = at + wanted.length;
      const { text } = hit.view;
      const snippet = `${text.slice(Math.max(0, at - 24), at)}\u0002${text.slice(at, end)}\u0003${text.slice(end, end + 40)}`;
      return [{ ...conversation, snippet }];
    });
  }

  #change(id: string, change: Partial<ConversationView>): void {
    const old = this.#conversations.get(id);
    if (old) this.#conversations.set(id, { ...old, ...change });
    this.emit({ event: 'conversations', conversations: this.#list(false) });
  }

  #state(id: string, state: ModelView['state']): void {
    this.#models(this.snapshot.models.map((m) => (m.id === id ? { ...m, state } : m)));
  }

  #models(all: ModelView[]): void {
    this.snapshot.models = all;
    this.emit({ event: 'models', models: all });
  }

  #id(kind: string): string {
    return `${kind}${this.#next++}`;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.paceMs));
  }

  async #do<T>(command: keyof Backend, args: unknown[], work: () => T | Promise<T>): Promise<T> {
    this.calls.push({ command, args });
    const held = this.#held.get(command);
    if (held) {
      this.#held.delete(command);
      await held;
    }
    const failure = this.#failures.get(command);
    if (failure) {
      this.#failures.delete(command);
      throw failure;
    }
    return work();
  }
}
