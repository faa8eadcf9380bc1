import { render, screen, within } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { expect, vi } from 'vitest';
import { FakeBackend } from '$lib/backend/fake';
import { pending } from '$lib/markdown/frames';
import { App } from '$lib/state/app.svelte';
import Window from '../src/Window.svelte';

export interface Opened {
  fake: FakeBackend;
  app: App;
  user: UserEvent;
}

/** The whole window over a scripted core. */
export async function openWindow(fake = new FakeBackend()): Promise<Opened> {
  const app = await App.open(fake);
  render(Window, { app });
  return { fake, app, user: userEvent.setup() };
}

/** Types a question and sends it with Enter. */
export async function ask({ user }: Opened, text: string): Promise<void> {
  await user.click(screen.getByTestId('composer'));
  await user.keyboard(text);
  await user.keyboard('{Enter}');
}

/** Once nothing waits to be drawn. */
export const drawn = (): Promise<void> => vi.waitFor(() => expect(pending()).toBe(0), 60_000);

/** The last answer, once it has ended. */
export async function lastAnswer(): Promise<HTMLElement> {
  await screen.findAllByTestId('answer-footer');
  return screen.getAllByTestId('message-answer').at(-1)!;
}

/** What a screen reader hears from now on; it grows. */
export function spoken(): string[] {
  const said: string[] = [];
  const region = screen.getAllByRole('status').find((r) => r.classList.contains('spoken'))!;
  new MutationObserver(() => said.push(region.textContent ?? '')).observe(region, {
    childList: true,
    characterData: true,
    subtree: true
  });
  return said;
}

export const inside = (element: HTMLElement, testid: string): HTMLElement =>
  within(element).getByTestId(testid);
