// Made by `cargo xtask codegen` from crates/assistant/src/api.rs. Change it there.

/**
 * What happens with a question, or with the local answer to it.
 */
export type Action = "keep" | "offer" | "ask" | "send";

/**
 * How an answer came about.
 */
export type AnswerView = { 
/**
 * `None` while it is still being written.
 */
finish: Finish | null, place: Place, model: string, backend: string | null, 
/**
 * What computed it; `None` for answers from elsewhere and those of older versions.
 */
device: Device | null, reasons: Array<Reason>, usage: Usage | null, timing: Timing | null, confidence: Confidence | null, speculation: Speculation | null, 
/**
 * 0 for this device.
 */
cost_nano_usd: number | null, bytes_sent: number, 
/**
 * Why it is partial, when it is.
 */
error: string | null, tokens: Array<TokenMark>, };

/**
 * A failure as the window shows it. `code` exists only where the window acts on it.
 */
export type ApiError = { code: ErrorCode, 
/**
 * What happened, to what.
 */
message: string, 
/**
 * What to do next, when there is something.
 */
action: string | null, };

/**
 * What changes outside a turn.
 */
export type AppEvent = { "event": "status" } & Status | { "event": "models", models: Array<ModelView>, } | { "event": "conversations", conversations: Array<ConversationView>, } | { "event": "downloads", downloads: Array<DownloadView>, } | { "event": "sandbox" } & SandboxView | { "event": "settings", settings: Settings, } | { "event": "engine", message: string, } | { "event": "open", path: string | null, };

/**
 * What starts a turn.
 */
export type Ask = { "action": "send", conversation: string, parent: string | null, text: string, } | { "action": "edit", message: string, text: string, } | { "action": "regenerate", message: string, } | { "action": "continue", message: string, } | { "action": "second_opinion", consent: string, body: string, };

/**
 * What there is to say.
 */
export type Asks = "whether_right" | "whether_better";

/**
 * What computes the answers.
 */
export type BackendChoice = "auto" | "cpu" | "mistralrs";

export type CatalogFile = { 
/**
 * That of its download.
 */
id: string, name: string, quantization: string, quality: Quality, 
/**
 * Bits of one weight in most tensors.
 */
bits: number, 
/**
 * Points of perplexity lost by Llama 3 8B in this form; `None` where nobody published it.
 */
perplexity_loss: number | null, 
/**
 * As published, or as its shape foresees.
 */
bytes: number | null, need: NeedView | null, fit: FitView | null, 
/**
 * Tokens a second, from this machine's memory bandwidth and what ran here before.
 */
expected_tok_s: number | null, 
/**
 * The model that this file is here as.
 */
installed: string | null, };

/**
 * A model of the catalog, and how it would do on this machine.
 */
export type CatalogModel = { id: string, name: string, publisher: string, kind: ModelKind, 
/**
 * As its files say it; Hearth's own engine runs every one that is offered.
 */
architecture: string, summary: string, page: string | null, parameters: number, 
/**
 * In tokens.
 */
context_length: number, 
/**
 * ISO 639-1, or `multi`.
 */
languages: Array<string>, licence: string, licence_url: string | null, strengths: Array<SourcedClaim>, 
/**
 * From the best choice for most people to the least.
 */
files: Array<CatalogFile>, 
/**
 * Names of models that can draft for it, best first.
 */
drafts: Array<string>, };

/**
 * What a turn reports while it runs, in order. Closed by `Finished` or `Failed`.
 */
export type ChatEvent = { "event": "started", turn: string, user: MessageView | null, answer: MessageView, } | { "event": "routed", place: Place, model: string, reasons: Array<Reason>, } | { "event": "loading", fraction: number, } | { "event": "trimmed", messages: number, } | { "event": "prefill", done: number, total: number, } | { "event": "thought", text: string, } | { "event": "text", text: string, tokens: Array<TokenMark>, } | { "event": "kept", answer: MessageView, suggestion: Suggestion, } | { "event": "finished", answer: MessageView, } | { "event": "failed", error: ApiError, answer: MessageView | null, };

/**
 * How sure the model was of its own words: natural-log probabilities at temperature 1,
 * before any filter, of the tokens it chose for its answer, its thought apart.
 */
export type Confidence = { 
/**
 * Mean of ln p over the answer's tokens; 0 is certainty.
 */
mean_logprob: number, 
/**
 * The 10th percentile of ln p: how unsure the least sure tenth was.
 */
p10_logprob: number, 
/**
 * Mean entropy of the next-token distribution, in nats.
 */
mean_entropy: number, };

/**
 * One network connection that the app made.
 */
export type ConnectionView = { at_ms: number, host: string, purpose: string, bytes_sent: number, bytes_received: number, };

/**
 * Everything that the user decides on before anything leaves.
 */
export type ConsentView = { 
/**
 * Good for one answer, within [`ConsentView::seconds`].
 */
id: string, provider: string, model: string, place: Place, 
/**
 * Scheme, host and port.
 */
destination: string, region: Region | null, retention_days: number | null, price: KnownPrice | null, 
/**
 * The exact bytes that would be sent, as text. The user may change them.
 */
body: string, 
/**
 * What was replaced in them.
 */
redactions: Array<RedactionView>, 
/**
 * Characters in them for which nothing is drawn: they can part a word without being seen.
 */
invisible: number, 
/**
 * More than it can cost.
 */
worst_case: NanoUsd, reasons: Array<Reason>, 
/**
 * After so long without an answer, the answer is no.
 */
seconds: number, };

/**
 * A conversation with the branch that is shown.
 */
export type ConversationPage = { conversation: ConversationView, 
/**
 * From the first message to the tip of the chosen branch.
 */
messages: Array<MessageView>, };

export type ConversationView = { id: string, title: string, system_prompt: string, 
/**
 * The system prompt was not typed here.
 */
foreign_prompt: boolean, created_ms: number, updated_ms: number, 
/**
 * Never leaves this device, whatever the mode.
 */
pinned_local: boolean, 
/**
 * What the user says it holds; their rules for that apply.
 */
label: Label, trashed_ms: number | null, 
/**
 * For a search: the place where it was found, with the match between `\u{2}` and `\u{3}`.
 */
snippet: string | null, };

/**
 * What computed an answer on this device.
 */
export type Device = { 
/**
 * The GPU, by its name; `None` is the processor.
 */
gpu: string | null, 
/**
 * Why it was not the GPU that was wanted or would have been taken.
 */
gpu_off: GpuOff | null, };

/**
 * What is wanted to compute answers on this device.
 */
export type DeviceChoice = { "kind": "automatic" } | { "kind": "processor" } | { "kind": "gpu", index: number, };

export type DownloadState = { "state": "queued" } | { "state": "running" } | { "state": "waiting", message: string, } | { "state": "paused" } | { "state": "failed", message: string, } | { "state": "done", model: string, };

/**
 * A file on its way here.
 */
export type DownloadView = { id: string, name: string, bytes: number | null, received: number, 
/**
 * Bytes a second.
 */
speed: number | null, 
/**
 * Seconds.
 */
left_s: number | null, state: DownloadState, };

export type DraftCandidate = { path: string, name: string, };

/**
 * Which proposer may draft tokens for the model to verify.
 */
export type DraftChoice = { "kind": "automatic" } | { "kind": "model", "path": string } | { "kind": "ngram" } | { "kind": "off" };

export type DraftMeasured = { gain: Gain, 
/**
 * Whether the gain is large enough to matter.
 */
helps: boolean, 
/**
 * What both models took together, in bytes.
 */
memory_bytes: number | null, 
/**
 * Unix time in ms.
 */
at_ms: number, };

/**
 * What drafts for one model.
 */
export type DraftView = { choice: DraftChoice, 
/**
 * Name of the draft model that the choice means; `None` leaves it to repetitions, or to
 * nothing.
 */
model: string | null, 
/**
 * Models on this device that can be chosen, the one that `automatic` takes first.
 */
candidates: Array<DraftCandidate>, 
/**
 * Why the draft model does not work, or all drafting if there is none, as far as can be told
 * before an answer.
 */
off_reason: SpeculationOff | null, 
/**
 * `None` until this pair was measured on this machine.
 */
measured: DraftMeasured | null, };

/**
 * How much to think, for models that are told in words.
 */
export type Effort = "low" | "medium" | "high";

/**
 * What the second engine, mistral.rs, can do here.
 */
export type EngineView = { second: SecondEngine, 
/**
 * What it was built for; `None` is processors only, and not known while it is not ready.
 */
built_for: GpuKind | null, 
/**
 * In the order of their numbers.
 */
gpus: Array<Gpu>, 
/**
 * Why it uses none of them.
 */
no_gpu: NoGpu | null, };

export type ErrorCode = "memory" | "model_file" | "no_model" | "engine_died" | "quarantined" | "storage" | "other";

/**
 * Why an answer ended.
 */
export type Finish = "stop" | "length" | "cancelled" | "failed";

export type FitView = "fits" | "tight" | "will_not_fit";

/**
 * A model that another program has downloaded.
 */
export type FoundModel = { program: string, name: string, path: string, bytes: number, runs: Runs, };

/**
 * Rates with and without drafting, measured in turn.
 */
export type Gain = { plain_tok_s: number, tok_s: number, 
/**
 * `tok_s` over `plain_tok_s`.
 */
speedup: number, drafted: number, accepted: number, };

/**
 * One GPU. What its driver does not tell is `None`.
 */
export type Gpu = { index: number, name: string | null, memory_bytes: number | null, free_bytes: number | null, };

export type GpuKind = "cuda" | "metal";

/**
 * Why a GPU was not used.
 */
export type GpuOff = { why: NoGpu, 
/**
 * What its driver said, where it said something.
 */
detail: string | null, };

/**
 * What the user says about an answer.
 */
export type GradeView = { asks: Asks, 
/**
 * Drawn at random: the window asks about it. Only such grades certify a threshold.
 */
drawn: boolean, said: boolean | null, };

/**
 * A shape the answer must have, its thought apart.
 */
export type Grammar = { "kind": "json_schema", "text": string } | { "kind": "regex", "text": string } | { "kind": "lark", "text": string };

/**
 * What this machine has.
 */
export type Hardware = { cpu: string, cores: number, 
/**
 * The widest instruction set that the kernels use here, such as `AVX-512 VNNI`.
 */
instructions: string, memory_bytes: number, memory_available_bytes: number, disk_available_bytes: number | null, 
/**
 * Names of the GPUs found, if any.
 */
gpus: Array<string>, };

/**
 * What the window may know about the file.
 */
export type KeyFileState = "absent" | "locked" | "open";

/**
 * Where a key is kept.
 */
export type KeyHome = "system" | "file" | "this_run";

/**
 * What the window may know about a key.
 */
export type KeyState = { "state": "missing" } | { "state": "kept", home: KeyHome, } | { "state": "locked" } | { "state": "unreadable", message: string, };

/**
 * What a model costs and how that is known.
 */
export type KnownPrice = { price: Price, source: PriceSource, };

/**
 * How careful one must be with a text, least first.
 */
export type Label = "public" | "personal" | "confidential" | "regulated";

export type Language = "system" | "en" | "de";

/**
 * How leave to send was given.
 */
export type Leave = "consent" | "policy";

/**
 * What a walk through the whole chain found.
 */
export type LedgerCheck = { "found": "intact", rows: number, } | { "found": "broken", at: number, fault: LedgerFault, };

/**
 * One request that was about to leave.
 */
export type LedgerEntry = { id: number, at_ms: number, provider: string, 
/**
 * Scheme, host and port.
 */
origin: string, place: Place, model: string, 
/**
 * The user saw the bytes and said yes; otherwise a policy of theirs did.
 */
consented: boolean, state: LedgerState, 
/**
 * Reserved while it runs, charged at its end.
 */
amount: NanoUsd, 
/**
 * Bytes of the question.
 */
body_bytes: number, body_sha256: string, 
/**
 * Pieces of the text that were replaced by placeholders.
 */
replaced: number, reasons: Array<Reason>, 
/**
 * Why it was stopped, when it was.
 */
why: string | null, };

export type LedgerFault = "changed" | "missing" | "truncated" | "no_checkpoint";

export type LedgerState = "intended" | "sent" | "settled" | "aborted" | "blocked";

/**
 * The ledger's latest entries, and whether it is as it was written.
 */
export type LedgerView = { 
/**
 * Newest first.
 */
entries: Array<LedgerEntry>, 
/**
 * Ids of those whose rows cannot be read; `check` tells what was done to them.
 */
unreadable: number[], 
/**
 * Spent or reserved, today and this month of the user's clock.
 */
spent_today: NanoUsd, spent_this_month: NanoUsd, check: LedgerCheck, };

/**
 * The user's limits; `None` is no limit.
 */
export type Limits = { message: NanoUsd | null, 
/**
 * For a day of the user's clock.
 */
day: NanoUsd | null, month: NanoUsd | null, 
/**
 * For a month, by provider.
 */
providers: { [key in string]: NanoUsd }, };

/**
 * One message on the chosen branch.
 */
export type MessageView = { id: string, parent: string | null, role: Role, text: string, 
/**
 * What the model thought before it wrote this; empty where it did not.
 */
thought: string, created_ms: number, 
/**
 * All messages under the same parent, oldest first, this one included.
 */
siblings: Array<string>, 
/**
 * Present on answers.
 */
answer: AnswerView | null, };

/**
 * What the user lets leave the device. Anything that cannot be read is `LocalOnly`.
 */
export type Mode = "local_only" | "ask_each_time" | "auto";

export type ModelKind = "chat" | "code" | "reasoning" | "small_task";

/**
 * What is known about an installed model beyond its file.
 */
export type ModelRecord = { id: string, 
/**
 * Its file is Hearth's own, and is deleted with it.
 */
owned: boolean, 
/**
 * `OWNER/REPOSITORY/FILE` on the hub.
 */
source: string | null, last_used_ms: number | null, 
/**
 * The median of its answers here.
 */
decode_tok_s: number | null, };

export type ModelState = { "state": "on_disk" } | { "state": "loading", fraction: number, } | { "state": "loaded", memory_bytes: number | null, backend: string, device: Device, thinking: ThinkingSupport, } | { "state": "unusable", message: string, } | { "state": "quarantined", message: string, };

export type ModelView = { 
/**
 * Stable: the catalog's id, or the file's path.
 */
id: string, name: string, path: string, 
/**
 * Comes with Hearth.
 */
builtin: boolean, file_bytes: number, 
/**
 * As the file says; `None` when its header cannot be read.
 */
architecture: string | null, parameters: number | null, 
/**
 * The commonest tensor type by bytes, such as `Q4_K`.
 */
quantization: string | null, 
/**
 * In tokens.
 */
context_length: number | null, 
/**
 * Weights, KV cache at the chosen context, the draft's as well, and headroom, in bytes.
 */
memory_bytes: number | null, 
/**
 * `None` until somebody looked.
 */
runs: Runs | null, state: ModelState, draft: DraftView, };

/**
 * 10⁻⁹ US$. Sums saturate: what is too large to count is never small.
 */
export type NanoUsd = number;

/**
 * Bytes that a model takes while it runs.
 */
export type NeedView = { weights: number, kv: number, headroom: number, 
/**
 * Of these three.
 */
total: number, 
/**
 * With 16,384 tokens of context, or as many as it knows.
 */
total_long: number, 
/**
 * Of these three and of the draft that would make it faster; `None` without one.
 */
total_with_draft: number | null, };

export type NoGpu = "no_engine" | "not_built" | "not_found" | "model" | "too_little_memory" | "sandbox" | "backend" | "failed";

/**
 * Pico-dollars a token. Written as US dollars a million tokens, such as `"0.075"`.
 */
export type Pico = string;

/**
 * Where an answer is computed, nearest first.
 */
export type Place = "this_device" | "own_server" | "cloud";

/**
 * The user's rules, one for each label. What may leave is what the rules of a text's label *and*
 * of every milder label allow, so that a stricter label never opens a place.
 */
export type Policy = { public: Rule, personal: Rule, confidential: Rule, regulated: Rule, };

/**
 * A provider that Hearth knows how to reach, to start from.
 */
export type PresetView = { config: ProviderConfig, 
/**
 * Its models whose prices come with Hearth.
 */
models: Array<string>, };

/**
 * One model's prices. A bucket without a price of its own is charged as fresh input.
 */
export type Price = { input: Pico, output: Pico, cache_read?: Pico | null, cache_write_5m?: Pico | null, cache_write_1h?: Pico | null, };

export type PriceSource = { "from": "stated" } | { "from": "own_server" } | { "from": "table", page: string, read: string, };

/**
 * One place away from this device, with the model that is asked there.
 */
export type ProviderConfig = { 
/**
 * Stable, and the name of its key in the system's key store.
 */
id: string, 
/**
 * What the user calls it.
 */
name: string, wire: Wire, 
/**
 * The user's own machine: between this device and the cloud, and free of charge. Of a host that
 * is not in the own network, only where [`ProviderConfig::own_host`] says so too.
 */
own_server: boolean, 
/**
 * A host outside the own network that the user named, in full, as their own.
 */
own_host?: string, 
/**
 * The start of every address, such as `https://api.openai.com/v1`.
 */
url: string, model: string, 
/**
 * The user's own statement; it goes before the price that comes with Hearth.
 */
price: Price | null, 
/**
 * Where the provider computes, as far as the user knows.
 */
region: Region | null, 
/**
 * Days it keeps what it is sent, 0 for not at all, as far as the user knows.
 */
retention_days: number | null, };

/**
 * A provider as the settings show it.
 */
export type ProviderView = { config: ProviderConfig, place: Place, key: KeyState, 
/**
 * `None`: nobody said what its model costs, so it is not asked.
 */
price: KnownPrice | null, 
/**
 * Why it cannot be asked as it is set up.
 */
problem: string | null, };

/**
 * A quantization as a choice.
 */
export type Quality = "small" | "balanced" | "best";

/**
 * One step of the decision, as a code. The window turns codes into sentences.
 */
export type Reason = "mode_local_only" | "pinned_local" | "nothing_else_configured" | "rules_unreadable" | "holds_secret" | "holds_personal_data" | "label_keeps_it" | "provider_not_allowed" | "region_not_allowed" | "retention_too_long" | "key_missing" | "price_unknown" | "over_message_budget" | "over_day_budget" | "over_month_budget" | "over_provider_budget" | "offline" | "provider_down" | "local_first" | "you_asked" | "from_cache" | "no_evidence" | "confident_enough" | "looks_weak" | "not_certified" | "among_the_weakest" | "answer_refused" | "answer_malformed" | "rarely_helps" | "personal_data_shown_first" | "foreign_text_shown_first" | "not_checked_in_time";

/**
 * What left the device for one answer, as the ledger has it.
 */
export type Receipt = { at_ms: number, destination: string, model: string, 
/**
 * SHA-256 of the bytes that were sent, in hexadecimal.
 */
body_sha256: string, bytes_sent: number, cost: NanoUsd, 
/**
 * The provider never said what it counted; `cost` is the most it can charge.
 */
cost_is_upper_bound: boolean, 
/**
 * How leave was given.
 */
leave: Leave, 
/**
 * Where the row stands in the ledger.
 */
row: number, };

/**
 * The model that does best of what is wished, on this machine.
 */
export type Recommended = { model: string, name: string, file: CatalogFile, 
/**
 * A smaller model that makes it faster without changing its answers.
 */
draft: RecommendedDraft | null, };

export type RecommendedDraft = { model: string, name: string, file: string, };

/**
 * One piece of text that would not leave as it is.
 */
export type RedactionView = { 
/**
 * What stands in the question.
 */
original: string, 
/**
 * What is sent in its place.
 */
placeholder: string, 
/**
 * Whether the user may let it leave as it is. A secret never does.
 */
can_stay: boolean, };

/**
 * Where a provider computes, as far as the user knows.
 */
export type Region = "eu" | "us" | "other";

/**
 * A damaged history, and what Hearth did about it.
 */
export type Restored = { 
/**
 * Of the backup, `YYYY-MM-DD`; what came later is not in it.
 */
day: string, 
/**
 * Where the damaged file is now.
 */
damaged: string, };

/**
 * Who wrote a message.
 */
export type Role = "system" | "user" | "assistant";

/**
 * What one kind of data may do.
 */
export type Rule = { 
/**
 * The furthest place it may go to.
 */
furthest: Place, 
/**
 * Only these providers; `None` is all that are set up.
 */
providers: Array<string> | null, 
/**
 * Only these regions; a provider whose region is unknown is in none of them.
 */
regions: Array<Region> | null, 
/**
 * The longest a provider may keep it; unknown is too long.
 */
retention_days: number | null, 
/**
 * Shown first even where the mode would send by itself.
 */
always_ask: boolean, };

/**
 * What computes a model here, by what describes it.
 */
export type Runs = { "on": "cpu" } | { "on": "mistralrs", why: string, } | { "on": "nowhere", why: string, } | { "on": "unknown" };

/**
 * How the next token is chosen from the model's distribution.
 *
 * Filters apply in the order of the fields: penalty, temperature, top-k, top-p, min-p.
 */
export type Sampling = { 
/**
 * Divides the logits of tokens already seen in the last 64 positions (Keskar et al. 2019); 1 is off.
 */
repetition_penalty: number, 
/**
 * 0 is greedy: always the likeliest token.
 */
temperature: number, 
/**
 * Keep the k likeliest tokens; 0 is off.
 */
top_k: number, 
/**
 * Keep the smallest set of tokens whose probability reaches p (Holtzman et al. 2020); 1 is off.
 */
top_p: number, 
/**
 * Drop tokens less likely than this share of the likeliest one; 0 is off.
 */
min_p: number, 
/**
 * The same seed, prompt, model and backend give the same text; `None` draws one.
 */
seed: number | null, 
/**
 * Tokens the answer may have, its thought apart; `None` is up to the context's end.
 */
max_tokens: number | null, 
/**
 * The answer ends before the first of these strings.
 */
stop: Array<string>, grammar: Grammar | null, };

/**
 * One protection and whether it is in force.
 */
export type SandboxLayer = { 
/**
 * Such as `network`, `reading files`.
 */
name: string, in_force: boolean, 
/**
 * How it is enforced, or why it is not.
 */
detail: string, };

export type SandboxLevel = "full" | "partial" | "none" | "unknown";

/**
 * What the kernel forbids the engine process, as measured there, not as configured.
 */
export type SandboxView = { level: SandboxLevel, 
/**
 * Each protection and whether it is in force.
 */
layers: Array<SandboxLayer>, };

/**
 * The engine that runs mistral.rs. The first answer does not need it, so from a fresh clone the
 * window opens while it is still being compiled.
 */
export type SecondEngine = { "state": "ready" } | { "state": "building", done: number, total: number, } | { "state": "missing" };

/**
 * The user's choices. On disk: only what differs from the commented defaults.
 */
export type Settings = { mode: Mode, theme: Theme, language: Language, 
/**
 * Id of the model that answers; `None` picks the starter.
 */
model: string | null, backend: BackendChoice, 
/**
 * What computes, for backends that can use a GPU.
 */
device: DeviceChoice, 
/**
 * What drafts for a model that has no choice of its own.
 */
draft: DraftChoice, 
/**
 * Choices of drafts by the id of the model.
 */
drafts: Record<string, DraftChoice>, sampling: Sampling, 
/**
 * How models that can think do so.
 */
thinking: Thinking, 
/**
 * A thought is open on the screen while it comes.
 */
show_thoughts: boolean, 
/**
 * Used for new conversations.
 */
system_prompt: string, 
/**
 * Tokens of context to reserve memory for; `None` lets the app choose.
 */
context_length: number | null, 
/**
 * Threads of the engine; `None` uses all physical cores.
 */
threads: number | null, 
/**
 * Refuse to run the engine when the sandbox is not full.
 */
strict_sandbox: boolean, 
/**
 * Minutes without a question after which the model's memory is given back; 0 keeps it.
 */
unload_after_min: number, 
/**
 * Who can be asked elsewhere, in the order of preference. Their keys are not in here.
 */
providers: Array<ProviderConfig>, 
/**
 * Which data may go to whom.
 */
policy: Policy, 
/**
 * What may be spent.
 */
limits: Limits, 
/**
 * The modes in which the same question elsewhere is answered from memory the second time.
 */
cache_answers: Array<Mode>, 
/**
 * Address of the hub that models come from; `None` is that of `HF_ENDPOINT`, or Hugging Face.
 */
hub: string | null, 
/**
 * Address of a proxy, or `direct`; `None` is as the system's variables say.
 */
proxy: string | null, };

/**
 * Everything the window needs to draw itself the first time.
 */
export type Snapshot = { version: string, data_dir: string, 
/**
 * No conversation has been held yet.
 */
first_run: boolean, status: Status, settings: Settings, hardware: Hardware, sandbox: SandboxView, models: Array<ModelView>, conversations: Array<ConversationView>, };

export type SourcedClaim = { claim: string, source: string, };

/**
 * What drafting did for one answer.
 */
export type Speculation = { 
/**
 * The draft that ran: a model's name, `ngram`, both joined by `+`, or `None` when it was off.
 */
draft: string | null, drafted: number, accepted: number, 
/**
 * Tokens emitted per verification pass.
 */
mean_accepted: number | null, 
/**
 * Measured time per token against plain decoding's on this machine; `None` where the answer is
 * too short to tell.
 */
speedup_estimate: number | null, 
/**
 * Why nothing was drafted, or why the draft model that was wanted did not.
 */
off_reason: SpeculationOff | null, };

/**
 * Why no tokens were drafted.
 */
export type SpeculationOff = "disabled" | "no_partner" | "vocabulary_differs" | "draft_unusable" | "too_little_memory" | "not_faster" | "backend";

/**
 * The line that is always there.
 */
export type Status = { mode: Mode, 
/**
 * Where the next answer would run.
 */
place: Place, bytes_sent_today: number, 
/**
 * Spent or reserved in this month of the user's clock, as the ledger has it.
 */
spent_this_month: NanoUsd, 
/**
 * Of the last answer; `None` before the first.
 */
decode_tok_s: number | null, 
/**
 * The model that answers next.
 */
model: string | null, 
/**
 * Set when the data folder cannot be written: nothing asked now is kept after closing.
 */
storage_problem: string | null, 
/**
 * Set when the chats were found damaged at this start, and a backup took their place.
 */
restored: Restored | null, 
/**
 * Set when the settings file could not be trusted, and the defaults are in force instead.
 */
settings_problem: string | null, };

/**
 * What the router makes of a local answer.
 */
export type Suggestion = { action: Action, reasons: Array<Reason>, };

export type Theme = "system" | "light" | "dark";

/**
 * How a model that can think is to do so. One that cannot takes no notice.
 */
export type Thinking = { mode: ThinkingMode, 
/**
 * `None` is the model's own choice.
 */
effort: Effort | null, 
/**
 * Tokens that a thought may have: then it is closed and the answer begins. `None` is as many
 * as leave room for an answer.
 */
budget: number | null, };

/**
 * Whether to think.
 */
export type ThinkingMode = "automatic" | "on" | "off";

/**
 * What a loaded model knows about thinking.
 */
export type ThinkingSupport = { 
/**
 * Its template knows marks around a thought.
 */
thinks: boolean, 
/**
 * Its template can be told to think or not to.
 */
switch: boolean, 
/**
 * Its template can be told how much.
 */
effort: boolean, };

export type Timing = { 
/**
 * Time to load the model for this answer, in ms; `None` when it was already loaded.
 */
load_ms: number | null, 
/**
 * From the request's arrival at the engine to the first token, in ms.
 */
ttft_ms: number | null, 
/**
 * Prompt tokens computed (not reused) per second.
 */
prefill_tok_s: number | null, 
/**
 * Tokens after the first, per second.
 */
decode_tok_s: number | null, 
/**
 * From the first token of a thought to its last, in ms; `None` where there was no thought.
 */
thought_ms: number | null, };

/**
 * One token of a [`ChatEvent::Text`].
 */
export type TokenMark = { 
/**
 * UTF-16 units of the text that this token added, as JavaScript counts.
 */
length: number, origin: TokenOrigin, logprob: number | null, };

/**
 * Who proposed a token. The target model accepted every one of them.
 */
export type TokenOrigin = "target" | "draft" | "ngram";

export type Usage = { 
/**
 * Tokens of the whole prompt, reused ones included.
 */
prompt_tokens: number, 
/**
 * Of thought and answer together.
 */
completion_tokens: number, 
/**
 * Of those, the thought's, and the marks around it.
 */
thought_tokens: number, 
/**
 * Prompt tokens whose KV cache entries were still there from an earlier turn.
 */
reused_tokens: number, };

/**
 * Answers of one day, for the Usage page.
 */
export type UsageDay = { 
/**
 * Local date, `YYYY-MM-DD`.
 */
date: string, answers_this_device: number, answers_own_server: number, answers_cloud: number, prompt_tokens: number, completion_tokens: number, 
/**
 * Of those, on this device.
 */
local_prompt_tokens: number, local_completion_tokens: number, cost_nano_usd: number, ttft_ms_p50: number | null, ttft_ms_p95: number | null, decode_tok_s_p50: number | null, 
/**
 * The slow end: 95 % of the answers were at least this fast.
 */
decode_tok_s_p95: number | null, };

/**
 * What reading a whole file showed.
 */
export type Verdict = "as_published" | "changed" | "unknown";

/**
 * Which dialect of HTTP a server speaks.
 */
export type Wire = "open_ai" | "mistral" | "open_ai_compatible" | "anthropic" | "gemini";

/**
 * What a person wants of a model.
 */
export type Wish = { kind: ModelKind, 
/**
 * ISO 639-1.
 */
language: string, 
/**
 * Tokens a second, at least.
 */
least_tok_s: number, 
/**
 * Leaves half of the free memory to other programs.
 */
light: boolean, };
