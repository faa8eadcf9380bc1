import type { Backend } from './backend';

export type { Backend } from './backend';
export { toApiError } from './backend';

/** The desktop core, or the scripted one in a plain browser (`vite` and `vite build --mode fake`). */
export async function connect(): Promise<Backend> {
  if (__FAKE_BACKEND__ || (import.meta.env.DEV && !('__TAURI_INTERNALS__' in window))) {
    const { FakeBackend } = await import('./fake');
    return FakeBackend.seeded();
  }
  return (await import('./tauri')).tauri;
}
