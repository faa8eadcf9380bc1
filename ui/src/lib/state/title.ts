import { named } from '$lib/common/revealed';
import { t } from '$lib/i18n/i18n.svelte';

/** A chat's title as it is shown: it may come from a model or an imported file. */
export const titleOf = (chat: { title: string } | undefined): string =>
  named(chat?.title ?? '') || t().chats.untitled;
