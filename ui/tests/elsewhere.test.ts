import { screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { FakeBackend } from '$lib/backend/fake';
import { presets } from '$lib/backend/fake/elsewhere';
import { ask, inside, lastAnswer, type Opened, openWindow } from './window';

/** A window whose user has set up a provider with a key and asks each time. */
async function optedIn(): Promise<Opened> {
  const fake = new FakeBackend();
  const { config } = presets[0]!;
  fake.snapshot.settings = { ...fake.snapshot.settings, mode: 'ask_each_time', providers: [config] };
  fake.snapshot.status = { ...fake.snapshot.status, mode: 'ask_each_time' };
  const opened = await openWindow(fake);
  await ask(opened, 'What is the capital of France?');
  await lastAnswer();
  return opened;
}

const sent = ({ fake }: Opened): unknown[] =>
  fake.calls.flatMap(({ command, args }) =>
    command === 'chatSend' && (args[0] as { action: string }).action === 'second_opinion' ? [args[0]] : []
  );

describe('a second opinion', () => {
  it('is not offered in local only mode', async () => {
    const opened = await openWindow();
    await ask(opened, 'Hi');
    await lastAnswer();
    expect(screen.queryByTestId('second-opinion')).toBeNull();
  });

  it('shows exactly what would leave, with the focus on staying here', async () => {
    const opened = await optedIn();
    await opened.user.click(screen.getByTestId('second-opinion'));
    const body = await screen.findByTestId('consent-body');
    expect((body as HTMLTextAreaElement).value).toContain('capital of France');
    expect(screen.getByTestId('consent-destination')).toHaveTextContent('https://api.openai.com');
    expect(screen.getByTestId('consent-cost').dataset.value).toBe('18432000');
    await waitFor(() => expect(screen.getByTestId('consent-keep')).toHaveFocus());
    await opened.user.keyboard('{Escape}');
    expect(screen.queryByTestId('consent')).toBeNull();
    expect(opened.fake.calls.some((c) => c.command === 'opinionDecline')).toBe(true);
    expect(sent(opened)).toEqual([]);
  });

  it('sends the words as the user left them, and stands beside the local answer', async () => {
    const opened = await optedIn();
    opened.fake.willAnswer({ pieces: ['Pa', 'ris.'] });
    await opened.user.click(screen.getByTestId('second-opinion'));
    const body = await screen.findByTestId<HTMLTextAreaElement>('consent-body');
    await opened.user.type(body, ' ');
    const shown = body.value;
    await opened.user.click(screen.getByTestId('consent-send'));
    await waitFor(async () => expect(inside(await lastAnswer(), 'message-text')).toHaveTextContent('Paris.'));
    expect(sent(opened)).toMatchObject([{ body: shown }]);
    const answer = await lastAnswer();
    expect(inside(answer, 'answer-away')).toHaveTextContent('Cloud');
    expect(inside(answer, 'beside')).toHaveTextContent('The answer of this device');
    expect(inside(answer, 'receipt')).toBeInTheDocument();
  });

  it('is not asked about once the user has gone to another chat', async () => {
    const opened = await optedIn();
    const prepare = opened.fake.willWait('opinionPrepare');
    await opened.user.click(screen.getByTestId('second-opinion'));
    await opened.user.click(screen.getByTestId('new-chat'));
    prepare();
    await waitFor(() => expect(opened.fake.calls.some((c) => c.command === 'opinionDecline')).toBe(true));
    expect(screen.queryByTestId('consent')).toBeNull();
    expect(sent(opened)).toEqual([]);
  });

  it('comes in the chat that it was asked in, and is not continued', async () => {
    const opened = await optedIn();
    opened.fake.willAnswer({ pieces: ['Paris, '], answer: { finish: 'length' } });
    await opened.user.click(screen.getByTestId('second-opinion'));
    await screen.findByTestId('consent');
    opened.app.threads.startNew();
    await opened.user.click(screen.getByTestId('consent-send'));
    await waitFor(() => expect(sent(opened)).toHaveLength(1));
    expect(screen.queryByTestId('message-answer')).toBeNull();
    await opened.user.click(screen.getByTestId('chat-title'));
    await waitFor(async () => expect(await lastAnswer()).toHaveTextContent('Paris,'));
    expect((await lastAnswer()).dataset.finish).toBe('length');
    expect(screen.queryByTestId('continue')).toBeNull();
  });

  it('can still be sent where a text may not leave as it is', async () => {
    const opened = await optedIn();
    opened.fake.willAnswer({ pieces: ['Paris.'] });
    await opened.user.click(screen.getByTestId('second-opinion'));
    await screen.findByTestId('consent');
    const { opinions } = opened.app;
    const [personal, secret] = [
      { original: 'Ada', placeholder: '[[NAME_1]]', can_stay: true },
      { original: 'hunter22', placeholder: '[[SECRET]]', can_stay: false }
    ];
    opinions.asked = { ...opinions.asked!, redactions: [personal, secret] };
    const message = 'Nothing was sent. This is personal.';
    opened.fake.willFail('opinionPrepare', { code: 'other', message, action: null });
    await opened.user.click(await screen.findByRole('button', { name: 'Send as it is' }));
    await waitFor(() => expect(opened.app.opinions.preparing).toBeNull());
    expect(opened.fake.calls.some((c) => c.command === 'opinionDecline')).toBe(false);
    await opened.user.click(screen.getByTestId('consent-send'));
    await waitFor(() => expect(sent(opened)).toHaveLength(1));
  });

  it('leaves no text as it is once the user has edited, for that would undo the edit', async () => {
    const opened = await optedIn();
    await opened.user.click(screen.getByTestId('second-opinion'));
    const body = await screen.findByTestId('consent-body');
    const { opinions } = opened.app;
    const redaction = { original: 'Ada', placeholder: '[NAME 1]', can_stay: true };
    opinions.asked = { ...opinions.asked!, redactions: [redaction] };
    const button = await screen.findByRole('button', { name: 'Send as it is' });
    expect(button).toBeEnabled();
    await opened.user.type(body, '!');
    expect(button).toBeDisabled();
    expect(button).toHaveAttribute('title', 'Choose this before you edit the text');
  });
});

describe('a change of the settings', () => {
  it('sends back what the core told, and nothing else', async () => {
    const opened = await optedIn();
    opened.fake.emit({ event: 'settings', settings: opened.fake.snapshot.settings });
    await opened.user.click(screen.getByTestId('nav-settings'));
    await opened.user.selectOptions(await screen.findByTestId('settings-mode'), 'local_only');
    const sent = opened.fake.calls.findLast((c) => c.command === 'settingsUpdate');
    expect(sent?.args[0]).not.toHaveProperty('event');
  });
});

describe('a key', () => {
  it('goes to the core and out of the field', async () => {
    const opened = await optedIn();
    await opened.user.click(screen.getByTestId('nav-settings'));
    await opened.user.click(await screen.findByTestId('provider-edit'));
    const field = screen.getByTestId<HTMLInputElement>('provider-key');
    await opened.user.type(field, 'sk-canary');
    await opened.user.click(screen.getByTestId('provider-key-save'));
    await waitFor(() => expect(screen.getByTestId('provider-key-state').dataset.state).toBe('kept'));
    expect(field.value).toBe('');
    expect(document.body.innerHTML).not.toContain('sk-canary');
  });
});
