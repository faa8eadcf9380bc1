import type {
  ApiError,
  AppEvent,
  Ask,
  CatalogModel,
  ChatEvent,
  ConsentView,
  ConnectionView,
  ConversationPage,
  ConversationView,
  GradeView,
  LedgerView,
  KeyFileState,
  KeyHome,
  KeyState,
  Label,
  ModelView,
  PresetView,
  ProviderConfig,
  ProviderView,
  Receipt,
  DownloadView,
  EngineView,
  FoundModel,
  ModelRecord,
  Recommended,
  Settings,
  Snapshot,
  UsageDay,
  Verdict,
  Wish
} from './api';

/**
 * Everything the window can ask of the core, one function for each command.
 * A function that fails rejects with an [`ApiError`].
 */
export interface Backend {
  appSnapshot(): Promise<Snapshot>;
  /** Reports every change outside a turn, for as long as the window lives. */
  appWatch(onEvent: (event: AppEvent) => void): Promise<void>;

  /** Rejects when the turn cannot begin. From then on only `finished` or `failed` end it. */
  chatSend(ask: Ask, onEvent: (event: ChatEvent) => void): Promise<void>;
  chatCancel(turn: string): Promise<void>;
  /** Closes the thought that is under way, so that the answer begins. */
  chatAnswerNow(turn: string): Promise<void>;

  conversationCreate(): Promise<ConversationView>;
  conversationList(query: string | null, trash: boolean): Promise<ConversationView[]>;
  conversationOpen(id: string): Promise<ConversationPage>;
  conversationRename(id: string, title: string): Promise<void>;
  conversationSetSystemPrompt(id: string, text: string): Promise<void>;
  conversationPinLocal(id: string, pinned: boolean): Promise<void>;
  /** What the user says the chat holds; their rules for that apply. */
  conversationSetLabel(id: string, label: Label): Promise<void>;
  /** Shows the branch through `message`. */
  conversationSelect(id: string, message: string): Promise<ConversationPage>;
  conversationTrash(id: string): Promise<void>;
  conversationRestore(id: string): Promise<void>;
  conversationDelete(id: string): Promise<void>;
  /** The path written, or null when the dialog was closed. */
  conversationExport(): Promise<string | null>;
  /** The number of chats read, or null when the dialog was closed. */
  conversationImport(): Promise<number | null>;

  /** Asks for a file; null when the dialog was closed. */
  modelAdd(): Promise<ModelView | null>;
  /** Asks for a folder of safetensors; null when the dialog was closed. */
  modelAddFolder(): Promise<ModelView | null>;
  modelAddPath(path: string): Promise<ModelView>;
  modelRemove(id: string): Promise<void>;
  modelUse(id: string): Promise<void>;
  modelLoad(id: string): Promise<void>;
  modelUnload(): Promise<void>;
  /** Lifts the quarantine of a model that ended the engine. */
  modelRetry(id: string): Promise<void>;

  /** Copies the chosen file into Hearth's folder; null when the dialog was closed. */
  modelImport(): Promise<ModelView | null>;
  /** Possible for a minute after a removal. */
  modelUndoRemove(id: string): Promise<ModelView>;
  modelVerify(id: string): Promise<Verdict>;
  modelRecords(): Promise<ModelRecord[]>;
  /** Models of other programs that are not on the list. */
  modelFind(): Promise<FoundModel[]>;
  /** What the model's draft gains here; takes from seconds to minutes. */
  draftMeasure(id: string): Promise<ModelView>;

  catalogList(): Promise<CatalogModel[]>;
  catalogRecommend(wish: Wish): Promise<Recommended | null>;
  downloadList(): Promise<DownloadView[]>;
  downloadStart(model: string, file: string): Promise<DownloadView>;
  downloadPause(id: string): Promise<void>;
  downloadResume(id: string): Promise<void>;
  /** Deletes what is here of it. */
  downloadCancel(id: string): Promise<void>;

  /** The token of the hub of the settings. It never comes back from the core. */
  hubToken(): Promise<KeyState>;
  hubSetToken(token: string, home: KeyHome): Promise<KeyState>;
  hubForgetToken(): Promise<KeyState>;

  /** What the second engine can do here: it may ask a driver, which can take seconds. */
  engineView(): Promise<EngineView>;

  settingsUpdate(settings: Settings): Promise<Settings>;

  /** The places away from this device that are set up. No key ever comes back from the core. */
  providerList(): Promise<ProviderView[]>;
  providerPresets(): Promise<PresetView[]>;
  providerSave(config: ProviderConfig): Promise<ProviderView[]>;
  providerRemove(id: string): Promise<ProviderView[]>;
  providerSetKey(id: string, key: string, home: KeyHome): Promise<ProviderView[]>;
  providerForgetKey(id: string): Promise<ProviderView[]>;
  keyFileState(): Promise<KeyFileState>;
  /** Opens the key file until Hearth closes; where there is none, begins one. */
  keyFileOpen(passphrase: string): Promise<ProviderView[]>;
  /** What would be sent for a second opinion on an answer; `keep` are texts that may leave as they are. */
  opinionPrepare(message: string, provider: string | null, keep: string[]): Promise<ConsentView>;
  opinionDecline(consent: string): Promise<void>;
  /** Whether an answer of this device was right, one from elsewhere better; null takes it back. */
  answerGrade(message: string, said: boolean | null): Promise<void>;
  /** Null for an answer that showed nothing to be graded by. */
  answerGraded(message: string): Promise<GradeView | null>;
  /** What left the device for an answer; null when nothing did. */
  answerReceipt(message: string): Promise<Receipt | null>;

  usageDays(days: number): Promise<UsageDay[]>;
  privacyConnections(): Promise<ConnectionView[]>;
  privacyLedger(): Promise<LedgerView>;
  /** The path written, or null when the dialog was closed. */
  privacyLedgerExport(): Promise<string | null>;
  linkOpen(url: string): Promise<void>;
}

/** What a rejected call carries, whatever it was. */
export function toApiError(reason: unknown): ApiError {
  if (reason && typeof reason === 'object' && 'message' in reason && 'code' in reason) {
    return reason as ApiError;
  }
  const message = reason instanceof Error ? reason.message : String(reason);
  return { code: 'other', message, action: null };
}
