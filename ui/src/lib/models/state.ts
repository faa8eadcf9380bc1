import type { ModelView } from '$lib/backend/api';
import { bytes, percent } from '$lib/i18n/format';
import { t } from '$lib/i18n/i18n.svelte';

/** A model's state in words: `loaded, 1.2 GB`. */
export function stateInWords(model: ModelView): string {
  const { state } = model;
  switch (state.state) {
    case 'loading':
      return t().models.loadingAt(percent(state.fraction));
    case 'loaded': {
      const said =
        state.memory_bytes === null
          ? t().models.state.loaded
          : t().models.loadedWith(bytes(state.memory_bytes));
      return state.device.gpu === null ? said : `${said}, ${state.device.gpu}`;
    }
    default:
      return t().models.state[state.state];
  }
}

export const canAnswer = (model: ModelView): boolean =>
  model.state.state !== 'unusable' && model.state.state !== 'quarantined';
