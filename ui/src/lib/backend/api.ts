// Written by hand after crates/assistant/src/api.rs until `cargo xtask codegen` writes it.

export type ApiError = { code: ErrorCode; message: string; action: string | null };

export type ErrorCode =
  | 'memory'
  | 'model_file'
  | 'no_model'
  | 'engine_died'
  | 'quarantined'
  | 'storage'
  | 'other';

export type Ask =
  | { action: 'send'; conversation: string; parent: string | null; text: string }
  | { action: 'edit'; message: string; text: string }
  | { action: 'regenerate'; message: string }
  | { action: 'continue'; message: string };

export type ChatEvent =
  | { event: 'started'; turn: string; user: MessageView | null; answer: MessageView }
  | { event: 'routed'; place: Place; model: string; reasons: Array<Reason> }
  | { event: 'loading'; fraction: number }
  | { event: 'trimmed'; messages: number }
  | { event: 'prefill'; done: number; total: number }
  | { event: 'text'; text: string; tokens: Array<TokenMark> }
  | { event: 'finished'; answer: MessageView }
  | { event: 'failed'; error: ApiError; answer: MessageView | null };

export type TokenMark = { length: number; origin: TokenOrigin; logprob: number | null };

export type ConversationView = {
  id: string;
  title: string;
  system_prompt: string;
  created_ms: number;
  updated_ms: number;
  pinned_local: boolean;
  trashed_ms: number | null;
  snippet: string | null;
};

export type MessageView = {
  id: string;
  parent: string | null;
  role: Role;
  text: string;
  created_ms: number;
  siblings: Array<string>;
  answer: AnswerView | null;
};

export type AnswerView = {
  finish: Finish | null;
  place: Place;
  model: string;
  backend: string | null;
  reasons: Array<Reason>;
  usage: Usage | null;
  timing: Timing | null;
  confidence: Confidence | null;
  speculation: Speculation | null;
  cost_nano_usd: number | null;
  bytes_sent: number;
  error: string | null;
  tokens: Array<TokenMark>;
};

export type ConversationPage = { conversation: ConversationView; messages: Array<MessageView> };

export type ModelView = {
  id: string;
  name: string;
  path: string;
  builtin: boolean;
  file_bytes: number;
  architecture: string | null;
  parameters: number | null;
  quantization: string | null;
  context_length: number | null;
  memory_bytes: number | null;
  state: ModelState;
  draft: DraftChoice;
};

export type ModelState =
  | { state: 'on_disk' }
  | { state: 'loading'; fraction: number }
  | { state: 'loaded'; memory_bytes: number | null; backend: string }
  | { state: 'unusable'; message: string }
  | { state: 'quarantined'; message: string };

export type Status = {
  mode: Mode;
  place: Place;
  bytes_sent_today: number;
  cost_month_nano_usd: number;
  decode_tok_s: number | null;
  model: string | null;
  storage_problem: string | null;
  settings_problem: string | null;
};

export type SandboxView = { level: SandboxLevel; layers: Array<SandboxLayer> };
export type SandboxLevel = 'full' | 'partial' | 'none' | 'unknown';
export type SandboxLayer = { name: string; in_force: boolean; detail: string };

export type Hardware = {
  cpu: string;
  cores: number;
  instructions: string;
  memory_bytes: number;
  memory_available_bytes: number;
  disk_available_bytes: number | null;
  gpus: Array<string>;
};

export type Snapshot = {
  version: string;
  data_dir: string;
  first_run: boolean;
  status: Status;
  settings: Settings;
  hardware: Hardware;
  sandbox: SandboxView;
  models: Array<ModelView>;
  conversations: Array<ConversationView>;
};

export type AppEvent =
  | ({ event: 'status' } & Status)
  | { event: 'models'; models: Array<ModelView> }
  | { event: 'conversations'; conversations: Array<ConversationView> }
  | ({ event: 'sandbox' } & SandboxView)
  | ({ event: 'settings' } & Settings)
  | { event: 'engine'; message: string }
  | { event: 'open'; path: string | null };

export type Settings = {
  mode: Mode;
  theme: Theme;
  language: Language;
  model: string | null;
  backend: BackendChoice;
  draft: DraftChoice;
  sampling: Sampling;
  system_prompt: string;
  context_length: number | null;
  threads: number | null;
  strict_sandbox: boolean;
  unload_after_min: number;
};

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'system' | 'en' | 'de';
export type BackendChoice = 'auto' | 'cpu' | 'mistralrs';

export type UsageDay = {
  date: string;
  answers_this_device: number;
  answers_own_server: number;
  answers_cloud: number;
  prompt_tokens: number;
  completion_tokens: number;
  cost_nano_usd: number;
  ttft_ms_p50: number | null;
  ttft_ms_p95: number | null;
  decode_tok_s_p50: number | null;
  decode_tok_s_p95: number | null;
};

export type ConnectionView = {
  at_ms: number;
  host: string;
  purpose: string;
  bytes_sent: number;
  bytes_received: number;
};

// hearth-chat

export type Role = 'system' | 'user' | 'assistant';
export type Finish = 'stop' | 'length' | 'cancelled' | 'failed';
export type TokenOrigin = 'target' | 'draft' | 'ngram';
export type Usage = { prompt_tokens: number; completion_tokens: number; reused_tokens: number };
export type Timing = {
  load_ms: number | null;
  ttft_ms: number | null;
  prefill_tok_s: number | null;
  decode_tok_s: number | null;
};
export type Confidence = { mean_logprob: number; p10_logprob: number; mean_entropy: number };
export type Speculation = {
  draft: string | null;
  drafted: number;
  accepted: number;
  mean_accepted: number | null;
  speedup_estimate: number | null;
  off_reason: SpeculationOff | null;
};
export type SpeculationOff =
  | 'disabled'
  | 'no_partner'
  | 'vocabulary_differs'
  | 'too_little_memory'
  | 'not_faster'
  | 'backend';
export type Sampling = {
  repetition_penalty: number;
  temperature: number;
  top_k: number;
  top_p: number;
  min_p: number;
  seed: number | null;
  max_tokens: number | null;
  stop: Array<string>;
  grammar: Grammar | null;
};
export type Grammar =
  { kind: 'json_schema'; text: string } | { kind: 'regex'; text: string } | { kind: 'lark'; text: string };
export type DraftChoice =
  { kind: 'automatic' } | { kind: 'model'; path: string } | { kind: 'ngram' } | { kind: 'off' };

// hearth-router

export type Place = 'this_device' | 'own_server' | 'cloud';
export type Mode = 'local_only' | 'ask_each_time' | 'auto';
export type Reason = 'mode_local_only' | 'pinned_local' | 'nothing_else_configured';
