import type {
  CatalogFile,
  CatalogModel,
  Device,
  ModelState,
  ModelView,
  Place,
  Rule,
  Settings,
  Snapshot,
  ThinkingSupport,
  TokenMark,
  UsageDay
} from '../api';

const rule = (furthest: Place): Rule => ({
  furthest,
  providers: null,
  regions: null,
  retention_days: null,
  always_ask: furthest !== 'cloud'
});

export const defaultSettings = (): Settings => ({
  mode: 'local_only',
  theme: 'system',
  language: 'en',
  model: null,
  backend: 'auto',
  device: { kind: 'automatic' },
  draft: { kind: 'automatic' },
  drafts: {},
  sampling: {
    repetition_penalty: 1,
    temperature: 0.7,
    top_k: 40,
    top_p: 0.95,
    min_p: 0,
    seed: null,
    max_tokens: null,
    stop: [],
    grammar: null
  },
  thinking: { mode: 'automatic', effort: null, budget: null },
  show_thoughts: false,
  system_prompt: '',
  context_length: null,
  threads: null,
  strict_sandbox: false,
  unload_after_min: 10,
  providers: [],
  policy: {
    public: rule('cloud'),
    personal: rule('own_server'),
    confidential: rule('own_server'),
    regulated: rule('this_device')
  },
  limits: { message: 100_000_000, day: 1_000_000_000, month: 10_000_000_000, providers: {} },
  cache_answers: [],
  hub: null,
  proxy: null
});

export const processor: Device = { gpu: null, gpu_off: null };

export const loaded = (memory_bytes: number, thinking: Partial<ThinkingSupport> = {}): ModelState => ({
  state: 'loaded',
  memory_bytes,
  backend: 'cpu',
  device: processor,
  thinking: { thinks: false, switch: false, effort: false, ...thinking }
});

export const starter = (): ModelView => ({
  id: 'starter',
  name: 'Hearth Starter',
  path: '/usr/share/hearth/starter-6m-q8_0.gguf',
  builtin: true,
  file_bytes: 6_912_000,
  architecture: 'llama',
  parameters: 6_100_000,
  quantization: 'Q8_0',
  context_length: 2048,
  memory_bytes: 61_000_000,
  runs: { on: 'cpu' },
  state: loaded(38_500_000),
  draft: {
    choice: { kind: 'automatic' },
    model: 'Starter draft',
    candidates: [{ path: '/usr/share/hearth/starter-draft-1m-q8_0.gguf', name: 'Starter draft' }],
    off_reason: null,
    measured: null
  }
});

/** The first start on a machine. */
export const emptySnapshot = (): Snapshot => ({
  version: '0.1.0',
  data_dir: '/home/ada/.local/share/hearth',
  first_run: true,
  status: {
    mode: 'local_only',
    place: 'this_device',
    bytes_sent_today: 0,
    spent_this_month: 0,
    decode_tok_s: null,
    model: 'Hearth Starter',
    storage_problem: null,
    restored: null,
    settings_problem: null
  },
  settings: defaultSettings(),
  hardware: {
    cpu: 'AMD Ryzen 7 7840U',
    cores: 8,
    instructions: 'AVX-512 VNNI',
    memory_bytes: 16_480_000_000,
    memory_available_bytes: 9_730_000_000,
    disk_available_bytes: 214_000_000_000,
    gpus: []
  },
  sandbox: {
    level: 'full',
    layers: [
      { name: 'network', in_force: true, detail: 'seccomp: 16 attempts, all refused' },
      { name: 'reading files', in_force: true, detail: 'Landlock: 5 attempts, all refused' },
      { name: 'writing files', in_force: true, detail: 'seccomp and Landlock: 28 attempts, all refused' },
      { name: 'new programs', in_force: true, detail: 'seccomp and Landlock: 5 attempts, all refused' },
      { name: 'other processes', in_force: true, detail: 'seccomp and Landlock: 25 attempts, all refused' },
      { name: 'memory', in_force: true, detail: 'seccomp: 13 attempts, all refused' },
      { name: 'open descriptors', in_force: true, detail: 'closed at the start: 2 attempts, all refused' },
      { name: 'kernel interfaces', in_force: true, detail: 'seccomp: 24 attempts, all refused' }
    ]
  },
  models: [starter()],
  conversations: []
});

export function models(trouble: boolean): ModelView[] {
  const qwen: ModelView = {
    id: '/home/ada/models/Qwen3-4B-Instruct-2507-Q4_K_M.gguf',
    name: 'Qwen3 4B Instruct 2507',
    path: '/home/ada/models/Qwen3-4B-Instruct-2507-Q4_K_M.gguf',
    builtin: false,
    file_bytes: 2_497_000_000,
    architecture: 'qwen3',
    parameters: 4_020_000_000,
    quantization: 'Q4_K',
    context_length: 262_144,
    memory_bytes: 3_310_000_000,
    runs: { on: 'cpu' },
    state: { state: 'on_disk' },
    draft: {
      choice: { kind: 'automatic' },
      model: null,
      candidates: [],
      off_reason: 'no_partner',
      measured: null
    }
  };
  const large: ModelView = {
    ...qwen,
    id: '/home/ada/models/a-very-long-folder-name/Meta-Llama-3.3-70B-Instruct-with-a-long-name-Q4_K_M.gguf',
    name: 'Meta Llama 3.3 70B Instruct with a name that does not want to end',
    path: '/home/ada/models/a-very-long-folder-name/Meta-Llama-3.3-70B-Instruct-with-a-long-name-Q4_K_M.gguf',
    architecture: 'llama',
    file_bytes: 42_500_000_000,
    parameters: 70_600_000_000,
    memory_bytes: 46_200_000_000,
    draft: {
      choice: { kind: 'ngram' },
      model: null,
      candidates: [],
      off_reason: 'not_faster',
      measured: {
        gain: { plain_tok_s: 1.02, tok_s: 1.01, speedup: 0.99, drafted: 96, accepted: 11 },
        helps: false,
        memory_bytes: 42_900_000_000,
        at_ms: 0
      }
    }
  };
  if (!trouble) return [starter(), qwen, large];
  return [
    starter(),
    {
      ...qwen,
      state: {
        state: 'quarantined',
        message:
          'The engine was killed twice while this model was answering (signal 9, most likely out of memory).'
      }
    },
    {
      ...qwen,
      id: '/home/ada/Downloads/mystery.gguf',
      name: 'mystery.gguf',
      path: '/home/ada/Downloads/mystery.gguf',
      file_bytes: 81_000_000,
      architecture: null,
      parameters: null,
      quantization: null,
      context_length: null,
      memory_bytes: null,
      runs: null,
      state: {
        state: 'unusable',
        message: 'mystery.gguf ends in the middle of tensor “blk.3.ffn_up.weight”.'
      }
    },
    large
  ];
}

/** `days` days up to today, some without an answer, as life is. */
export function usage(days: number): UsageDay[] {
  const today = new Date();
  return Array.from({ length: days }, (_, i) => {
    const date = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (days - 1 - i));
    const wave = Math.sin(i / 3) + Math.sin(i / 7.3) + 2;
    const answers = i % 6 === 2 ? 0 : Math.round(wave * 6) + (i % 4);
    const ttft = answers === 0 ? null : 85 + ((i * 37) % 60) - wave * 6;
    const speed = answers === 0 ? null : 118 + ((i * 23) % 34) + wave * 4;
    return {
      date: `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`,
      answers_this_device: answers,
      answers_own_server: 0,
      answers_cloud: 0,
      prompt_tokens: answers * 310,
      completion_tokens: answers * 142,
      local_prompt_tokens: answers * 310,
      local_completion_tokens: answers * 142,
      cost_nano_usd: 0,
      ttft_ms_p50: ttft,
      ttft_ms_p95: ttft === null ? null : ttft * 1.9,
      decode_tok_s_p50: speed,
      decode_tok_s_p95: speed === null ? null : speed * 0.74
    };
  });
}

/** What the scripted starter says to a question; it knows about as much as the real one. */
export function defaultAnswer(question: string): string {
  const sum = /(\d+)\s*\+\s*(\d+)/.exec(question);
  if (sum) return `${sum[1]} + ${sum[2]} = **${Number(sum[1]) + Number(sum[2])}**`;
  if (/portugal/i.test(question)) return 'The capital of Portugal is **Lisbon**.';
  if (/leave/i.test(question)) return 'No. In “Local only” mode nothing you write leaves this computer.';
  if (/hearth/i.test(question))
    return 'Hearth is a private assistant that stays home: it answers with a language model on your own computer, and asks before anything leaves it.';
  return 'I am a very small model, and I do not know that. Open a larger model on the Models page and ask again.';
}

/** What the scripted model thinks first, about a question that asks it to. */
export const defaultThought = (question: string): string =>
  /think/i.test(question)
    ? `The user asks: “${question.slice(0, 80)}”\n\nFirst, what is known. Then, what follows from it.\n\n1. Nothing here needs a large model.\n2. A short answer will do, **without** the steps.\n\nWait, is that so? Yes: every step above says the same.`
    : '';

/** Tokens of about four letters, some of them drafted, with plausible probabilities. */
export function tokensOf(text: string, from: number): TokenMark[] {
  const lengths = (text.match(/[\s\S]{1,4}/g) ?? []).map((piece) => piece.length);
  return lengths.map((length, i) => {
    const n = (from + i) * 7919;
    const logprob = n % 11 === 0 ? -2.6 : n % 5 === 0 ? -0.9 : n % 3 === 0 ? -0.3 : -0.02;
    return { length, origin: n % 13 === 0 ? 'ngram' : n % 2 === 0 ? 'draft' : 'target', logprob };
  });
}

export const catalogModel = (
  id: string,
  name: string,
  kind: CatalogModel['kind'],
  fit: CatalogFile['fit']
): CatalogModel => ({
  id,
  name,
  publisher: 'Somebody',
  architecture: 'llama',
  kind,
  summary: 'For looking at the window.',
  page: 'https://example.org/model',
  parameters: 1.7e9,
  context_length: 32_768,
  languages: ['en'],
  licence: 'Apache-2.0',
  licence_url: 'https://example.org/licence',
  strengths: [{ claim: 'Its publisher says that it is good.', source: 'https://example.org/model' }],
  files: [catalogFile(id, 'Q4_K_M', 'balanced', fit), catalogFile(id, 'Q3_K_M', 'small', fit)],
  drafts: []
});

const catalogFile = (
  model: string,
  quantization: string,
  quality: CatalogFile['quality'],
  fit: CatalogFile['fit']
): CatalogFile => ({
  id: `somebody/${model}/${model}-${quantization}.gguf`,
  name: `${model}-${quantization}.gguf`,
  quantization,
  quality,
  bits: quality === 'small' ? 3.4375 : 4.5,
  perplexity_loss: quality === 'small' ? 0.6569 : 0.1754,
  bytes: 1e9,
  need: { weights: 1e9, kv: 1e8, headroom: 1e8, total: 1.2e9, total_long: 1.5e9, total_with_draft: 1.4e9 },
  fit,
  expected_tok_s: 20,
  installed: null
});
