import { composes } from '$lib/common/composes';
import type { App } from './app.svelte';

const isMac = /mac/i.test(navigator.platform);

/** The keys of the whole window. Each needs Ctrl (Cmd on a Mac); Esc alone stops the answer. */
export function onShortcut(app: App, event: KeyboardEvent): void {
  if (event.defaultPrevented || composes(event)) return;
  // A menu or a dialog has the keys for itself.
  const floating = (event.target as Element | null)?.closest?.(
    '[role=menu], [role=dialog], [role=alertdialog]'
  );
  if (floating) return;
  if (event.key === 'Escape') {
    if (app.page === 'chat' && app.threads.shown.busy) void app.threads.stop();
    return;
  }
  const command = isMac ? event.metaKey : event.ctrlKey;
  if (!command || event.altKey || event.shiftKey) return;
  const actions: Record<string, () => void> = {
    n: () => app.threads.startNew(),
    k: () => {
      app.sidebar.open = true;
      app.searchWanted = true;
    },
    b: () => (app.sidebar.open = !app.sidebar.open),
    ',': () => app.show('settings')
  };
  const action = actions[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
}

/** The command key as this system writes it. */
export const commandKey = isMac ? '⌘' : 'Ctrl';
