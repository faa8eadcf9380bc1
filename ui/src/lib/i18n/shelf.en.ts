/** The Models page beyond the installed models: catalog, downloads, and where they come from. */
export const shelf = {
  removed: (name: string) => `${name} was removed.`,
  verify: 'Verify',
  verifyOf: (name: string) => `Verify ${name}`,
  verdict: {
    as_published: (name: string) => `${name}: every byte is as it was published.`,
    changed: (name: string) =>
      `${name} is not what was downloaded: its file has changed. Remove it and download it again. If it came with Hearth, install Hearth again.`,
    unknown: (name: string) =>
      `${name} could be read to its end. Nobody has published a checksum that it could be held against.`
  },
  removeOwned: 'Its file is deleted. You can take this back for a minute.',
  lastUsed: 'Last used',
  measured: 'Measured here',
  tokS: (n: string) => `${n} tokens/s`,
  never: 'never',
  import: 'Copy a GGUF file…',

  downloads: 'Downloads',
  downloadsLead: 'What is here of a file stays here, whatever happens, and goes on from there.',
  state: {
    queued: 'Waiting for its turn',
    running: 'Downloading',
    waiting: 'Trying again soon',
    paused: 'Paused',
    failed: 'Stopped',
    done: 'Ready to use'
  },
  received: (here: string, all: string) => `${here} of ${all}`,
  perSecond: (speed: string) => `${speed}/s`,
  secondsLeft: (n: string) => `${n} s left`,
  minutesLeft: (n: string) => `${n} min left`,
  hoursLeft: (n: string) => `${n} h left`,
  pause: 'Pause',
  pauseOf: (name: string) => `Pause the download of ${name}`,
  resume: 'Resume',
  resumeOf: (name: string) => `Resume the download of ${name}`,
  cancel: 'Cancel',
  cancelOf: (name: string) => `Cancel the download of ${name} and delete what is here`,
  dismiss: 'Dismiss',
  dismissOf: (name: string) => `Take ${name} off this list`,
  progressOf: (name: string) => `Progress of ${name}`,

  found: 'Found on this device',
  foundLead: 'Models that other programs have downloaded. Hearth can use them where they are.',
  useInPlace: 'Use in place',
  runs: {
    label: 'Runs on',
    cpu: 'Hearth’s own engine',
    mistralrs: 'mistral.rs, slower',
    nowhere: 'nothing here',
    unknown: 'not known yet'
  },
  useInPlaceOf: (name: string) => `Use ${name} where it is`,

  catalog: 'Catalog',
  catalogLead:
    'Models that Hearth knows, with what they would take on this machine. A download connects to the hub of the settings, is checked against the published checksum, and is listed on the Privacy page.',
  search: 'Search the catalog',
  kindFilter: 'Kind of model',
  anyKind: 'Any kind',
  onlyFitting: 'Only what fits this machine',
  shown: (n: number, all: number) => `${n} of ${all} models`,
  kind: {
    chat: 'Conversation and writing',
    code: 'Code',
    reasoning: 'Thinks before it answers',
    small_task: 'Short, narrow tasks'
  },
  upTo: (tokens: string) => `up to ${tokens} tokens of context`,
  manyLanguages: 'many languages',
  quality: 'Quality',
  qualityName: { small: 'Small', balanced: 'Balanced', best: 'Best' },
  qualityHelp: {
    small: 'Below 4 bits: answers get noticeably worse. Choose it only when nothing else fits.',
    balanced: 'The usual choice: a little less exact than the original, and much smaller.',
    best: 'Hardly told apart from the original; larger and slower.'
  },
  bits: (n: string) => `${n} bits a weight.`,
  loss: (points: string) =>
    `Measured with Llama 3 8B by llama.cpp’s authors: ${points} points of perplexity lost.`,
  lossUnknown: 'Nobody published what it costs in quality.',
  fit: { fits: 'Fits', tight: 'Tight', will_not_fit: 'Will not fit', unknown: 'Unknown' },
  need: (total: string, weights: string, kv: string, headroom: string, long: string) =>
    `Needs ${total} of memory with 4,096 tokens of context: ${weights} weights, ${kv} for the conversation, ${headroom} headroom. With 16,384 tokens: ${long}.`,
  needWithDraft: (total: string) => `With its draft: ${total}.`,
  needUnknown: 'What it needs is not known before it is here.',
  expected: (n: string) => `about ${n} tokens/s expected here`,
  speedUnknown: 'How fast it would be here is not known.',
  drafts: (names: string) => `Faster, with the same answers, together with: ${names}.`,
  more: 'Memory, speed, sources',
  source: 'Source',
  licence: (name: string) => `Licence: ${name}`,
  page: 'Publisher’s page',
  here: 'On this device',
  download: 'Download',
  downloadOf: (name: string) => `Download ${name}`,

  askKind: 'What should it do?',
  askLanguage: 'In which language?',
  askSpeed: 'How fast?',
  speeds: {
    quick: 'Faster than I read',
    reading: 'As fast as I read',
    patient: 'Better rather than faster'
  },
  askGood: 'How good?',
  good: { best: 'As good as this machine can', light: 'Good, with room for other programs' },
  recommend: 'Recommend',
  private: 'All of these answer on this device: what you write stays here, however you choose.',
  withDraft: (name: string) => `With ${name} as its draft: the same answers, sooner.`,
  nothingFits:
    'No model of the catalog does that in the memory that is free now. Close other programs, or choose a slower one.',

  hubTitle: 'Downloads',
  hub: 'Hub',
  hubHelp: 'Where models come from. Empty: HF_ENDPOINT, or else Hugging Face.',
  token: 'Access token',
  tokenPaste: 'Only for models whose licence you accepted',
  tokenHelp:
    'Kept as keys are: never in a file of Hearth’s, never shown again, and sent only to the hub above.',
  proxy: 'Proxy',
  proxyHelp: 'An address, or “direct” for none. Empty: as the system’s variables say.'
};
