import type { TokenMark } from '$lib/backend/api';
import { inPieces } from '$lib/markdown/limits';
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

/** Tokens that are drawn together, and what they cover of the text. */
export interface Group {
  text: string;
  tokens: TokenMark[];
}

const GROUP = 300;
/** Of text that no token covers. */
const UNCOVERED = 4_000;

/** A text and its tokens in groups, of which those before the last stay the same while the text grows. */
export class Groups {
  #groups: Group[] = [];

  update(text: string, tokens: TokenMark[]): Group[] {
    const groups: Group[] = [];
    let at = 0;
    for (let first = 0; first < tokens.length && at < text.length; first += GROUP) {
      const old = this.#groups[groups.length];
      const group =
        old && stands(old, text, at, tokens, first) ? old : cut(text, at, tokens.slice(first, first + GROUP));
      groups.push(group);
      at += group.text.length;
    }
    for (const rest of inPieces(text.slice(at), UNCOVERED, GROUP)) groups.push({ text: rest, tokens: [] });
    this.#groups = groups;
    return groups;
  }
}

function stands(group: Group, text: string, at: number, tokens: TokenMark[], first: number): boolean {
  const full = group.tokens.length === GROUP && group.tokens[0] === tokens[first];
  return full && group.tokens[GROUP - 1] === tokens[first + GROUP - 1] && text.startsWith(group.text, at);
}

function cut(text: string, at: number, tokens: TokenMark[]): Group {
  const length = tokens.reduce((sum, token) => sum + token.length, 0);
  return { text: text.slice(at, at + length), tokens };
}

/** A group cut at its tokens; `length` counts UTF-16 units, as strings do. What no token covers stays plain. */
export function tinted({ text, tokens }: Group, tint: Exclude<Tint, 'off'>): Tinted[] {
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
