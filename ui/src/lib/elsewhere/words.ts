import type { KeyState, KnownPrice, Label, Region, Rule } from '$lib/backend/api';
import { t } from '$lib/i18n/i18n.svelte';

/** Mildest first. */
export const LABELS: Label[] = ['public', 'personal', 'confidential', 'regulated'];

/** Where such data may go, in a line. */
export function ruleInWords(rule: Rule): string {
  const words = t().policy;
  if (rule.furthest === 'this_device') return words.places.this_device;
  const narrowed = rule.providers !== null || rule.regions !== null || rule.retention_days !== null;
  return [
    words.places[rule.furthest],
    ...(narrowed ? [words.narrowed] : []),
    ...(rule.always_ask ? [words.shownFirst] : [])
  ].join(', ');
}

/** What a model costs, and who says so. */
export function priceInWords({ price, source }: KnownPrice): string {
  const words = t().providers;
  if (source.from === 'own_server') return words.priceOwn;
  const rates = words.rates(price.input, price.output);
  return source.from === 'stated' ? words.priceStated(rates) : words.priceTable(rates, source.read);
}

export const regionInWords = (region: Region | null): string =>
  region ? t().consent.regions[region] : t().consent.unknown;

export const retentionInWords = (days: number | null): string =>
  days === null ? t().consent.unknown : t().consent.days(days);

export function keyInWords(key: KeyState): string {
  const words = t().providers.key;
  switch (key.state) {
    case 'missing':
      return words.missing;
    case 'locked':
      return words.locked;
    case 'unreadable':
      return key.message;
    case 'kept':
      return words.kept[key.home];
  }
}

/** `wanted`, or with the first number that no provider has yet. */
export function freeId(wanted: string, providers: { config: { id: string } }[]): string {
  const taken = new Set(providers.map((p) => p.config.id));
  let id = wanted;
  for (let n = 2; taken.has(id); n += 1) id = `${wanted}-${n}`;
  return id;
}
