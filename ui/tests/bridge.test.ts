import { clearMocks, mockIPC } from '@tauri-apps/api/mocks';
import { afterEach, expect, it } from 'vitest';
import type { Backend } from '$lib/backend';
import { tauri } from '$lib/backend/tauri';

afterEach(clearMocks);

it('calls each command by the name of its function in snake case', async () => {
  const called: string[] = [];
  mockIPC((command) => void called.push(command));
  const names = Object.keys(tauri) as (keyof Backend)[];
  for (const name of names)
    await (tauri[name] as (...args: unknown[]) => Promise<unknown>)(null, () => undefined);
  expect(called).toEqual(names.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)));
});
