import { createContext } from 'svelte';
import type { App } from './app.svelte';

/** The one [`App`] of this window, given by `Window.svelte` to everything below it. */
export const [useApp, provideApp] = createContext<App>();
