import type { TokenMark } from '$lib/backend/api';
import type { Tint } from '$lib/state/app.svelte';

export interface Tinted {
  text: string;
  kind: string;
  token: TokenMark | null;
}

export const CONFIDENCE_KINDS = ['sure', 'likely', 'unsure', 'rare'] as const;

/** The bucket of a token's probability; the legend names the bounds. */
export function confidenceKind(logprob: number | null): (typeof CONFIDENCE_KINDS)[number] | 'none' {
  if (logprob === null) return 'none';
  const p = Math.exp(logprob);
  if (p > 0.9) return 'sure';
  if (p > 0.5) return 'likely';
  return p > 0.1 ? 'unsure' : 'rare';
}

/** The text cut at its tokens; `length` counts UTF-16 units, as strings do. What no token covers stays plain. */
export function tinted(text: string, tokens: TokenMark[], tint: Exclude<Tint, 'off'>): Tinted[] {
  const parts: Tinted[] = [];
  let at = 0;
  for (const token of tokens) {
    if (token.length === 0) continue;
    const piece = text.slice(at, at + token.length);
    at += token.length;
    parts.push({
      text: piece,
      token,
      kind: tint === 'origin' ? token.origin : confidenceKind(token.logprob)
    });
  }
  if (at < text.length) parts.push({ text: text.slice(at), token: null, kind: 'none' });
  return parts;
}
