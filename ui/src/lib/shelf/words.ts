import type { CatalogFile } from '$lib/backend/api';
import { bytes, figure, integer } from '$lib/i18n/format';
import { t } from '$lib/i18n/i18n.svelte';

/** Seconds, minutes or hours: whichever a person would say. */
export function timeLeft(seconds: number): string {
  if (seconds < 90) return t().shelf.secondsLeft(integer(Math.ceil(seconds)));
  if (seconds < 5400) return t().shelf.minutesLeft(integer(seconds / 60));
  return t().shelf.hoursLeft(figure(seconds / 3600));
}

/** What a quantization means, with the published loss where there is one. */
export function qualityInWords(file: CatalogFile): string {
  const loss = file.perplexity_loss;
  const published = loss === null ? t().shelf.lossUnknown : t().shelf.loss(figure(loss));
  return `${t().shelf.qualityHelp[file.quality]} ${t().shelf.bits(figure(file.bits))} ${published}`;
}

/** The numbers behind a verdict. */
export function needInWords(file: CatalogFile): string {
  const need = file.need;
  if (!need) return t().shelf.needUnknown;
  const alone = t().shelf.need(
    bytes(need.total),
    bytes(need.weights),
    bytes(need.kv),
    bytes(need.headroom),
    bytes(need.total_long)
  );
  return need.total_with_draft === null
    ? alone
    : `${alone} ${t().shelf.needWithDraft(bytes(need.total_with_draft))}`;
}
