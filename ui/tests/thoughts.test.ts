import { screen, waitFor, within } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import type { ChatEvent, Usage } from '$lib/backend/api';
import { FakeBackend, type Script } from '$lib/backend/fake';
import { tokensInWords, tokensTitle } from '$lib/chat/footer';
import { elapsed } from '$lib/i18n/format';
import { Thread } from '$lib/state/thread.svelte';
import { ask, inside, lastAnswer, type Opened, openWindow, spoken } from './window';

/** A word that no answer says. */
const CANARY = 'xylophone';
const script = (): Script => ({ thought: ['A ', `${CANARY} `, 'plays.'], pieces: ['It ', 'is ', 'music.'] });

/** A question whose answer is thought about until `release` is called. */
async function thinking(opened: Opened): Promise<{ thought: HTMLElement }> {
  opened.fake.paceMs = 20;
  opened.fake.willAnswer({ ...script(), thought: Array.from({ length: 1_000 }, (_, i) => `${CANARY}${i} `) });
  await ask(opened, 'Hi');
  return { thought: await screen.findByTestId('thought') };
}

const toggle = (): HTMLElement => screen.getByTestId('thought-toggle');
const isOpen = (): boolean => toggle().getAttribute('aria-expanded') === 'true';

describe('a thought', () => {
  it('stands folded above its answer, with its time and tokens, and opens', async () => {
    const opened = await openWindow();
    opened.fake.willAnswer(script());
    await ask(opened, 'Hi');
    const answer = await lastAnswer();
    expect(toggle()).toHaveTextContent('Thought for 35 ms · 5 tokens');
    expect(isOpen()).toBe(false);
    expect(answer).not.toHaveTextContent(CANARY);
    expect(inside(answer, 'message-text')).toHaveTextContent('It is music.');
    expect(
      inside(answer, 'thought').compareDocumentPosition(inside(answer, 'message-text')) &
        Node.DOCUMENT_POSITION_FOLLOWING
    ).toBeTruthy();
    toggle().focus();
    await opened.user.keyboard('{Enter}');
    expect(isOpen()).toBe(true);
    await waitFor(() => expect(inside(answer, 'thought-text')).toHaveTextContent(`A ${CANARY} plays.`));
    expect(toggle().getAttribute('aria-controls')).toBe(inside(answer, 'thought-text').id);
    expect(inside(answer, 'message-text')).not.toHaveTextContent(CANARY);
    await opened.user.keyboard(' ');
    expect(answer).not.toHaveTextContent(CANARY);
  });

  it('comes folded, and says that it comes', async () => {
    const opened = await openWindow();
    const { thought } = await thinking(opened);
    expect(toggle()).toHaveTextContent('Thinking…');
    expect(isOpen()).toBe(false);
    expect(thought).not.toHaveTextContent(CANARY);
    expect(screen.queryByTestId('message-text')).toHaveTextContent('Hi');
    await opened.user.click(toggle());
    await waitFor(() => expect(thought).toHaveTextContent(`${CANARY}3`));
    await opened.user.keyboard('{Escape}');
    const answer = await lastAnswer();
    expect(answer.dataset.finish).toBe('cancelled');
    expect(isOpen()).toBe(true);
    expect(inside(answer, 'continue')).toBeVisible();
    expect(within(answer).queryByTestId('copy')).toBeNull();
  });

  it('comes open where that is wanted, and stays open when the answer begins', async () => {
    const opened = await openWindow();
    await opened.app.change({ show_thoughts: true });
    const { thought } = await thinking(opened);
    expect(isOpen()).toBe(true);
    await waitFor(() => expect(thought).toHaveTextContent(`${CANARY}2`));
    await opened.user.click(screen.getByTestId('answer-now'));
    const answer = await lastAnswer();
    expect(isOpen()).toBe(true);
    // Whoever reads the chat later finds it folded.
    await opened.user.click(screen.getByTestId('nav-models'));
    await opened.user.click(screen.getByTestId('chat-title'));
    expect(isOpen()).toBe(false);
    expect(answer).not.toBeInTheDocument();
  });

  it('stays closed once its reader has closed it', async () => {
    const opened = await openWindow();
    await opened.app.change({ show_thoughts: true });
    await thinking(opened);
    await opened.user.click(toggle());
    expect(isOpen()).toBe(false);
    await opened.user.keyboard('{Escape}');
    const answer = await lastAnswer();
    opened.fake.willAnswer(script());
    await opened.user.click(inside(answer, 'continue'));
    await waitFor(() => expect(screen.getByTestId('message-answer')).toHaveTextContent('It is music.'));
    expect(isOpen()).toBe(false);
  });

  it('ends when the answer is wanted now, and the keyboard stays at it', async () => {
    const opened = await openWindow();
    await thinking(opened);
    screen.getByTestId('answer-now').focus();
    await opened.user.keyboard('{Enter}');
    expect(toggle()).toHaveFocus();
    const answer = await lastAnswer();
    expect(answer.dataset.finish).toBe('stop');
    expect(inside(answer, 'message-text')).toHaveTextContent('It is music.');
    expect(screen.queryByTestId('answer-now')).toBeNull();
    expect(opened.fake.calls.filter((c) => c.command === 'chatAnswerNow')).toHaveLength(1);
  });

  it('is no block where nothing was thought', async () => {
    const opened = await openWindow();
    opened.fake.willAnswer({ thought: ['\n', '\n'], pieces: ['Yes.'] });
    await ask(opened, 'Hi');
    await lastAnswer();
    expect(screen.queryByTestId('thought')).toBeNull();
    expect(screen.getByTestId('footer-tokens')).toHaveTextContent('1 tokens, 1 of thought');
  });

  it('of a model that ended within it is said, and goes on', async () => {
    const opened = await openWindow();
    opened.fake.willAnswer({ thought: ['One, ', 'two, '], pieces: [] });
    await ask(opened, 'Hi');
    const answer = await lastAnswer();
    const ended = 'The model ended within its thought. Ask again, or continue.';
    expect(answer).toHaveTextContent(ended);
    expect(within(answer).queryByTestId('copy')).toBeNull();
    await waitFor(() =>
      expect(screen.getAllByRole('status').some((r) => r.textContent === ended)).toBe(true)
    );
    opened.fake.willAnswer({ thought: ['three.'], pieces: ['Four.'] });
    await opened.user.click(inside(answer, 'continue'));
    await waitFor(() => expect(screen.getByTestId('message-answer')).toHaveTextContent('Four.'));
    await opened.user.click(toggle());
    await waitFor(() => expect(screen.getByTestId('thought-text')).toHaveTextContent('One, two, three.'));
    expect(screen.getAllByTestId('message-answer')).toHaveLength(1);
  });

  it('of a chat that is opened is there, and its end as well', async () => {
    const { app } = await openWindow(FakeBackend.seeded());
    await app.threads.open('seed-thought');
    const [first, second] = await screen.findAllByTestId('message-answer');
    expect(inside(first!, 'thought-toggle')).toHaveTextContent('Thought for 12 s · 340 tokens');
    expect(second).toHaveTextContent('The model ended within its thought.');
  });
});

describe('what is made of an answer', () => {
  it('has no word of its thought when it is copied, searched, spoken or tinted', async () => {
    const opened = await openWindow();
    const said = spoken();
    opened.fake.paceMs = 5;
    opened.fake.willAnswer(script());
    await ask(opened, 'Hi');
    const answer = await lastAnswer();
    await waitFor(() => expect(said.at(-1)).toBe('Answer: It is music.'));
    expect(said).toEqual([
      'Hearth is answering.',
      'Hearth is thinking.',
      'Hearth is answering.',
      'Answer: It is music.'
    ]);

    const copied = vi.spyOn(navigator.clipboard, 'writeText');
    await opened.user.click(toggle());
    await opened.user.click(inside(answer, 'copy'));
    expect(copied.mock.calls).toEqual([['It is music.']]);

    opened.app.tint = 'confidence';
    await waitFor(() => expect(answer.querySelector('.tokens')).toHaveTextContent('It is music.'));
    expect(inside(answer, 'message-text')).not.toHaveTextContent(CANARY);
    expect(await opened.fake.conversationList(CANARY, false)).toEqual([]);
    expect(screen.getByTestId('chat-title')).toHaveTextContent('Hi');
  });

  it('has no word of its thought wherever the stream is cut', async () => {
    const { app } = await openWindow();
    const fake = new FakeBackend();
    const { id: conversation } = await fake.conversationCreate();
    const events: ChatEvent[] = [];
    fake.willAnswer(script());
    await fake.chatSend({ action: 'send', conversation, parent: null, text: 'Hi' }, (event) =>
      events.push(event)
    );
    expect(events.map(({ event }) => event).join(' ')).toBe(
      'started routed thought thought thought text text text finished'
    );
    for (let end = 1; end <= events.length; end += 1) {
      const thread = new Thread();
      thread.begin();
      for (const event of events.slice(0, end)) thread.receive(structuredClone(event));
      thread.live?.settle();
      app.threads.shown = thread;
      flushSync();
      const answer = screen.getByTestId('message-answer');
      const text = within(answer).queryByTestId('message-text')?.textContent ?? '';
      expect('It is music.'.startsWith(text.trim())).toBe(true);
      expect(document.body).not.toHaveTextContent(CANARY);
      expect(thread.live?.text ?? thread.last?.text).not.toContain(CANARY);
      expect(thread.live?.thought ?? thread.last?.thought).not.toContain('It');
    }
  });
});

describe('thinking', () => {
  it('is set up in the settings, each choice by itself', async () => {
    const opened = await openWindow();
    const { user, fake } = opened;
    await user.click(screen.getByTestId('nav-settings'));
    await user.selectOptions(screen.getByTestId('settings-thinking-mode'), 'on');
    await user.selectOptions(screen.getByTestId('settings-thinking-effort'), 'high');
    await user.type(screen.getByTestId('settings-thinking-budget'), '200{Tab}');
    await user.click(screen.getByTestId('settings-show-thoughts'));
    await waitFor(() => expect(fake.snapshot.settings.show_thoughts).toBe(true));
    expect(fake.snapshot.settings.thinking).toEqual({ mode: 'on', effort: 'high', budget: 200 });
    await user.selectOptions(screen.getByTestId('settings-thinking-effort'), 'automatic');
    await user.clear(screen.getByTestId('settings-thinking-budget'));
    await user.tab();
    await waitFor(() =>
      expect(fake.snapshot.settings.thinking).toEqual({ mode: 'on', effort: null, budget: null })
    );
  });

  it('has a switch beside the chat where the loaded model thinks', async () => {
    const fake = new FakeBackend();
    fake.useThinker();
    const opened = await openWindow(fake);
    await opened.user.click(screen.getByTestId('thinking-menu'));
    const off = await screen.findByTestId('thinking-off');
    expect(off).toHaveTextContent('closed at once instead');
    await opened.user.click(off);
    await waitFor(() => expect(fake.snapshot.settings.thinking.mode).toBe('off'));
    expect(screen.getByRole('button', { name: 'Think before answering: Off' })).toBeVisible();
    await ask(opened, 'What do you think?');
    await lastAnswer();
    expect(screen.queryByTestId('thought')).toBeNull();
    await opened.app.backend.modelUnload();
    await waitFor(() => expect(screen.queryByTestId('thinking-menu')).toBeNull());
  });

  it('has no switch where the model does not think', async () => {
    await openWindow();
    expect(screen.queryByTestId('thinking-menu')).toBeNull();
  });
});

describe('figures of a thought', () => {
  it('tell its tokens apart from those of the answer', () => {
    const answer = (usage: Usage | null): never => ({ usage }) as never;
    const usage = { prompt_tokens: 64, completion_tokens: 460, thought_tokens: 340, reused_tokens: 24 };
    expect(tokensInWords(answer(usage))).toBe('120 tokens, 340 of thought');
    expect(tokensTitle(answer(usage))).toBe(
      '64 tokens of prompt (24 reused from earlier), 120 tokens of answer, and 340 of thought before it'
    );
    expect(tokensInWords(answer({ ...usage, thought_tokens: 0 }))).toBe('460 tokens');
    expect(tokensInWords(answer(null))).toBe('— tokens');
  });

  it('are read in whole seconds', () => {
    expect(['420', '12140', '59700', '125000'].map((ms) => elapsed(Number(ms)))).toEqual([
      '420 ms',
      '12 s',
      '1 min 0 s',
      '2 min 5 s'
    ]);
  });
});
