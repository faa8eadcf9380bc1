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

/** What drafting did, or why it did nothing; null when the answer says neither. */
export function speculationInWords(speculation: Speculation | null): string | null {
  if (!speculation) return null;
  if (speculation.drafted > 0) {
    const accepted = t().footer.draft(speculation.accepted, speculation.drafted);
    const speedup = speculation.speedup_estimate;
    return speedup === null ? accepted : `${accepted}, ${t().footer.speedup(figure(speedup))}`;
  }
  return speculation.off_reason ? t().footer.off[speculation.off_reason] : null;
}
