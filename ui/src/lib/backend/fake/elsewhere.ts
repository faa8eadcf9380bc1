import type { ConsentView, PresetView, ProviderConfig, ProviderView, Receipt } from '../api';

const base: ProviderConfig = {
  id: 'openai',
  name: 'OpenAI',
  wire: 'open_ai',
  own_server: false,
  url: 'https://api.openai.com/v1',
  model: 'gpt-5.4-mini',
  price: null,
  region: null,
  retention_days: null
};

export const presets: PresetView[] = [
  { config: base, models: ['gpt-5.4-mini', 'gpt-5.4-nano'] },
  {
    config: {
      ...base,
      id: 'ollama',
      name: 'Ollama',
      wire: 'open_ai_compatible',
      own_server: true,
      url: 'http://127.0.0.1:11434/v1',
      model: ''
    },
    models: []
  }
];

export function providerView(config: ProviderConfig, key: ProviderView['key']): ProviderView {
  const rates = {
    input: '0.75',
    output: '4.5',
    cache_read: '0.075',
    cache_write_5m: null,
    cache_write_1h: null
  };
  return {
    config,
    place: config.own_server ? 'own_server' : 'cloud',
    key,
    price: config.own_server
      ? { price: { ...rates, input: '0', output: '0' }, source: { from: 'own_server' } }
      : {
          price: rates,
          source: {
            from: 'table',
            page: 'https://developers.openai.com/api/docs/pricing',
            read: '2026-06-21'
          }
        },
    problem: null
  };
}

export const consentFor = (
  id: string,
  { config, price, place }: ProviderView,
  question: string
): ConsentView => ({
  id,
  provider: config.name,
  model: config.model,
  place,
  destination: new URL(config.url).origin,
  region: config.region,
  retention_days: config.retention_days,
  price,
  body: JSON.stringify({ model: config.model, messages: [{ role: 'user', content: question }] }, null, 2),
  redactions: [],
  invisible: 0,
  worst_case: 18_432_000,
  reasons: ['you_asked'],
  seconds: 120
});

export const receiptFor = (provider: ProviderView): Receipt => ({
  at_ms: Date.now(),
  destination: new URL(provider.config.url).origin,
  model: provider.config.model,
  body_sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
  bytes_sent: 512,
  cost: 412_000,
  cost_is_upper_bound: false,
  leave: 'consent',
  row: 1
});
