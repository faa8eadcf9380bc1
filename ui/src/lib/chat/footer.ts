import type { AnswerView, Speculation, Usage } from '$lib/backend/api';
import { figure, integer, percent, UNKNOWN } from '$lib/i18n/format';
import { t } from '$lib/i18n/i18n.svelte';

/** e to the mean ln p: the typical probability that the model gave its own tokens. */
export const typicalProbability = (answer: AnswerView): number | null =>
  answer.confidence ? Math.exp(answer.confidence.mean_logprob) : null;

/** Tokens of the answer and of the thought before it, told apart. */
function written(usage: Usage | null): { answer: string; thought: string | null } {
  if (!usage) return { answer: UNKNOWN, thought: null };
  const { completion_tokens: all, thought_tokens: thought } = usage;
  return { answer: integer(Math.max(0, all - thought)), thought: thought > 0 ? integer(thought) : null };
}

export function tokensInWords({ usage }: AnswerView): string {
  const { answer, thought } = written(usage);
  return thought === null ? t().footer.tokens(answer) : t().footer.thoughtTokens(answer, thought);
}

export function tokensTitle({ usage }: AnswerView): string {
  const { answer, thought } = written(usage);
  const words = t().footer.tokensTitle(integer(usage?.prompt_tokens), answer, integer(usage?.reused_tokens));
  return thought === null ? words : t().footer.thoughtTokensTitle(words, thought);
}

export const confidenceInWords = (answer: AnswerView): string =>
  t().footer.confidence(percent(typicalProbability(answer)));

/** What drafting did, and why not more; null when the answer says neither. */
export function speculationInWords(speculation: Speculation | null): string | null {
  if (!speculation) return null;
  const { drafted, accepted, speedup_estimate: speedup, off_reason: off } = speculation;
  const said: string[] = [];
  if (drafted > 0) said.push(t().footer.draft(accepted, drafted));
  if (drafted > 0 && speedup !== null) said.push(t().footer.speedup(figure(speedup)));
  if (off) said.push(t().footer.off[off]);
  return said.length > 0 ? said.join(', ') : null;
}
