import { i18n } from './i18n.svelte';

/** What stands for a value that was not measured. */
export const UNKNOWN = '—';

const number = (n: number, options?: Intl.NumberFormatOptions): string =>
  new Intl.NumberFormat(i18n.language, options).format(n);

export const integer = (n: number | null | undefined): string =>
  n == null ? UNKNOWN : number(n, { maximumFractionDigits: 0 });

/** 3 significant digits, 2 below 1, as a reader of a speed or a factor wants it. */
export const figure = (n: number | null | undefined): string =>
  n == null
    ? UNKNOWN
    : number(n, n >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: n < 1 ? 2 : 3 });

export const percent = (share: number | null | undefined): string =>
  share == null ? UNKNOWN : number(share, { style: 'percent', maximumFractionDigits: 0 });

/** Decimal units, as disks and downloads are sold: 1.2 GB. */
export function bytes(n: number | null | undefined): string {
  if (n == null) return UNKNOWN;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = n;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${number(value, { maximumFractionDigits: digits })} ${units[unit]}`;
}

/** Milliseconds up to a second, then seconds. */
export function duration(ms: number | null | undefined): string {
  if (ms == null) return UNKNOWN;
  if (ms >= 999.5) return `${figure(ms / 1000)} s`;
  return `${number(ms, ms < 10 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 })} ms`;
}

/** Whole seconds, as they are read while they count: `12 s`, `2 min 5 s`. */
export function elapsed(ms: number): string {
  if (ms < 999.5) return duration(ms);
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${integer(seconds)} s`;
  return `${integer(Math.floor(seconds / 60))} min ${integer(seconds % 60)} s`;
}

/** Nano-dollars; never rounds what was paid down to nothing. */
export function money(nanoUsd: number | null | undefined): string {
  if (nanoUsd == null) return UNKNOWN;
  const usd = nanoUsd / 1e9;
  const options: Intl.NumberFormatOptions = { style: 'currency', currency: 'USD' };
  if (usd === 0) return number(0, { ...options, maximumFractionDigits: 0 });
  return number(usd, usd < 0.01 ? { ...options, maximumSignificantDigits: 2 } : options);
}

/** 7.2 B, 135 M: how models are named. */
export function parameters(n: number | null | undefined): string {
  if (n == null) return UNKNOWN;
  if (n >= 1e9) return `${figure(n / 1e9)} B`;
  if (n >= 1e6) return `${figure(n / 1e6)} M`;
  return integer(n);
}

export const dateTime = (ms: number): string =>
  new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);

/** `YYYY-MM-DD`, a local date, as a short day of the month. */
export const day = (date: string): string =>
  new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'short' }).format(
    new Date(`${date}T12:00`)
  );

export const monthOf = (ms: number): string =>
  new Intl.DateTimeFormat(i18n.language, { month: 'long', year: 'numeric' }).format(ms);
