import type { AnswerView, Speculation } from '$lib/backend/api';
import { figure, integer, percent } from '$lib/i18n/format';
import { t } from '$lib/i18n/i18n.svelte';

/** e to the mean ln p: the typical probability that the model gave its own tokens. */
export const typicalProbability = (answer: AnswerView): number | null =>
  answer.confidence ? Math.exp(answer.confidence.mean_logprob) : null;

export function tokensTitle(answer: AnswerView): string {
  const usage = answer.usage;
  return t().footer.tokensTitle(
    integer(usage?.prompt_tokens),
    integer(usage?.completion_tokens),
    integer(usage?.reused_tokens)
  );
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
