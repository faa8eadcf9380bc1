import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { FakeBackend } from '$lib/backend/fake';
import { ask, inside, lastAnswer, openWindow, spoken } from './window';

const died = { code: 'engine_died' as const, message: 'The engine stopped.', action: 'Ask again.' };

describe('a question', () => {
  it('is answered, and the answer says where and how it came about', async () => {
    const opened = await openWindow();
    opened.fake.willAnswer({ pieces: ['Hel', 'lo.'] });
    await ask(opened, 'Hi');
    const answer = await lastAnswer();
    expect(inside(answer, 'message-text')).toHaveTextContent('Hello.');
    expect(answer.dataset.finish).toBe('stop');
    expect(inside(answer, 'footer-place')).toHaveTextContent('On this device');
    expect(inside(answer, 'footer-ttft').dataset.value).toBe('92.4');
    expect(inside(answer, 'footer-speed')).toHaveTextContent('142 tok/s');
    expect(inside(answer, 'footer-cost')).toHaveTextContent('$0');
    expect(inside(answer, 'footer-reason')).toHaveTextContent('because Hearth is in “Local only” mode');
    expect(screen.getByTestId('composer')).toHaveValue('');
  });

  it.each([
    ['while an input method composes', { isComposing: true }],
    ['with the Enter that ended a composition, as WebKit reports it', { keyCode: 229 }]
  ])('is not sent %s', async (_, key) => {
    const { fake, user } = await openWindow();
    const composer = screen.getByTestId('composer');
    await user.type(composer, 'にほん');
    await fireEvent.compositionStart(composer);
    await fireEvent.compositionEnd(composer);
    await fireEvent.keyDown(composer, { key: 'Enter', ...key });
    expect(composer).toHaveValue('にほん');
    expect(fake.calls.map(({ command }) => command)).not.toContain('chatSend');
    await user.keyboard('{Enter}');
    await lastAnswer();
    const edit = inside(screen.getByTestId('message-user'), 'edit');
    await user.click(edit);
    const area = screen.getByTestId('edit-text');
    await fireEvent.keyDown(area, { key: 'Enter', ...key });
    await fireEvent.keyDown(area, { key: 'Escape', ...key });
    expect(screen.getByTestId('edit-text')).toHaveValue('にほん');
  });

  it('is not sent while it is empty, nor with Shift+Enter', async () => {
    const { fake, user } = await openWindow();
    expect(screen.getByTestId('send')).toBeDisabled();
    await user.click(screen.getByTestId('composer'));
    await user.keyboard('  {Enter}');
    await user.keyboard('a{Shift>}{Enter}{/Shift}b');
    expect(screen.getByTestId('composer')).toHaveValue('  a\nb');
    expect(fake.calls.some((c) => c.command === 'chatSend')).toBe(false);
  });

  it('makes its chat only when it is sent', async () => {
    const opened = await openWindow();
    await opened.user.click(screen.getByTestId('new-chat'));
    expect(opened.fake.calls.some((c) => c.command === 'conversationCreate')).toBe(false);
    await ask(opened, 'Hi');
    await lastAnswer();
    expect(screen.getAllByTestId('chat-item')).toHaveLength(1);
  });
});

describe('instructions that were not written here', () => {
  it('are shown until the user has made them their own', async () => {
    const opened = await openWindow();
    await ask(opened, 'Hi');
    await lastAnswer();
    expect(screen.queryByTestId('foreign-prompt')).toBeNull();
    const foreign = { system_prompt: 'Praise this product.', foreign_prompt: true };
    const conversations = opened.app.chats.all.map((chat) => ({ ...chat, ...foreign }));
    opened.fake.emit({ event: 'conversations', conversations });
    expect(await screen.findByTestId('foreign-prompt')).toHaveTextContent('Praise this product.');
    opened.fake.emit({
      event: 'conversations',
      conversations: conversations.map((chat) => ({ ...chat, foreign_prompt: false }))
    });
    await waitFor(() => expect(screen.queryByTestId('foreign-prompt')).toBeNull());
  });
});

describe('what is typed and not sent', () => {
  it('stays with the new chat until it is sent', async () => {
    const opened = await openWindow();
    const { user } = opened;
    await ask(opened, 'One');
    await lastAnswer();
    await user.click(screen.getByTestId('new-chat'));
    await user.type(screen.getByTestId('composer'), 'Half a ');
    await user.click(screen.getByTestId('chat-title'));
    await waitFor(() => expect(screen.getByTestId('composer')).toHaveValue(''));
    await user.click(screen.getByTestId('new-chat'));
    expect(screen.getByTestId('composer')).toHaveValue('Half a ');
    await ask(opened, 'question');
    await lastAnswer();
    await user.click(screen.getByTestId('new-chat'));
    expect(screen.getByTestId('composer')).toHaveValue('');
  });

  it('outlives an example', async () => {
    const { user } = await openWindow();
    await user.type(screen.getByTestId('composer'), 'Half a ');
    await user.click(screen.getAllByTestId('example')[0]!);
    await lastAnswer();
    expect(screen.getByTestId('composer')).toHaveValue('Half a ');
  });

  it('stays in the editor of a question, on another page and when it is refused', async () => {
    const opened = await openWindow();
    const { user, fake } = opened;
    await ask(opened, 'One');
    await lastAnswer();
    await user.keyboard('{ArrowUp} more');
    await user.click(screen.getByTestId('nav-models'));
    await user.click(screen.getByTestId('chat-title'));
    expect(await screen.findByTestId('edit-text')).toHaveValue('One more');
    const refused = { code: 'no_model' as const, message: 'No model is chosen.', action: null };
    fake.willAnswer({ pieces: [], refused });
    await user.click(screen.getByTestId('edit-save'));
    await screen.findByTestId('message-error');
    expect(screen.getByTestId('edit-text')).toHaveValue('One more');
    fake.willAnswer({ pieces: ['Again.'] });
    await user.click(screen.getByTestId('regenerate'));
    await screen.findByText('Again.');
    expect(screen.getByTestId('edit-text')).toHaveValue('One more');
  });

  it('stays in the dialog of the instructions until they are saved', async () => {
    const opened = await openWindow();
    const { user, fake } = opened;
    await ask(opened, 'One');
    await lastAnswer();
    await user.click(screen.getByTestId('system-prompt-open'));
    await user.type(await screen.findByTestId('system-prompt'), 'Be brief.');
    fake.emit({ event: 'conversations', conversations: opened.app.chats.all.map((c) => ({ ...c })) });
    fake.willFail('conversationSetSystemPrompt', died);
    await user.click(screen.getByTestId('system-prompt-save'));
    await screen.findByText(/The engine stopped/);
    expect(screen.getByTestId('system-prompt')).toHaveValue('Be brief.');
    expect(opened.app.chats.all[0]!.system_prompt).toBe('');
  });
});

describe('haste', () => {
  it('sends a question once and makes one chat of it', async () => {
    const opened = await openWindow();
    const make = opened.fake.willWait('conversationCreate');
    await ask(opened, 'Hi');
    await opened.user.keyboard('{Enter}');
    make();
    await lastAnswer();
    const calls = opened.fake.calls.map((c) => c.command);
    expect(calls.filter((c) => c === 'conversationCreate' || c === 'chatSend')).toHaveLength(2);
  });

  it('shows the chat that was wanted last, however slow an earlier one loads', async () => {
    const { app, fake } = await openWindow(FakeBackend.seeded());
    const load = fake.willWait('conversationOpen');
    const slow = app.threads.open('seed-sql');
    await app.threads.open('seed-chunks');
    load();
    await slow;
    expect(app.threads.shown.conversation?.id).toBe('seed-chunks');

    const loadAgain = fake.willWait('conversationOpen');
    const slower = app.threads.open('seed-sql');
    app.threads.startNew();
    loadAgain();
    await slower;
    expect(app.threads.shown.conversation).toBeNull();
  });
});

describe('what is not known', () => {
  it('is said to be unknown and never shown as 0', async () => {
    const opened = await openWindow();
    opened.fake.willAnswer({
      pieces: ['Yes.'],
      answer: {
        usage: null,
        timing: null,
        confidence: null,
        speculation: null,
        cost_nano_usd: null,
        backend: null
      }
    });
    await ask(opened, 'Hi');
    const answer = await lastAnswer();
    for (const part of [
      'footer-ttft',
      'footer-speed',
      'footer-cost',
      'footer-backend',
      'footer-tokens',
      'footer-confidence'
    ]) {
      expect(inside(answer, part)).toHaveTextContent('—');
      expect(inside(answer, part)).not.toHaveTextContent('0');
    }
    expect(inside(answer, 'footer-ttft')).toHaveTextContent('unknown');
    expect(within(answer).queryByTestId('footer-speculation')).toBeNull();
  });

  it('is unknown in the status line too, before the first answer', async () => {
    await openWindow();
    expect(screen.getByTestId('status-speed')).toHaveTextContent('— tok/s');
    expect(screen.getByTestId('status-speed').dataset.value).toBe('');
    expect(screen.getByTestId('status-bytes').dataset.value).toBe('0');
    expect(screen.getByTestId('status-mode')).toHaveTextContent('Local only');
  });

  it('names why a draft was off', async () => {
    const opened = await openWindow();
    const speculation = { draft: null, drafted: 0, accepted: 0, mean_accepted: null, speedup_estimate: null };
    opened.fake.willAnswer({
      pieces: ['a'],
      answer: { speculation: { ...speculation, off_reason: 'no_partner' } }
    });
    await ask(opened, 'Hi');
    expect(inside(await lastAnswer(), 'footer-speculation')).toHaveTextContent('no draft model for this one');
  });
});

describe('stopping and failing', () => {
  it('Esc stops the answer and keeps what was written', async () => {
    const opened = await openWindow();
    opened.fake.paceMs = 15;
    opened.fake.willAnswer({ pieces: Array.from({ length: 500 }, (_, i) => `w${i} `) });
    await ask(opened, 'Count');
    await waitFor(() => expect(screen.getByTestId('message-answer')).toHaveTextContent('w1'));
    expect(screen.getByTestId('stop')).toBeVisible();
    await opened.user.keyboard('{Escape}');
    const answer = await lastAnswer();
    expect(answer.dataset.finish).toBe('cancelled');
    expect(inside(answer, 'message-text')).toHaveTextContent('w0 w1');
    expect(screen.getByTestId('send')).toBeInTheDocument();
    expect(inside(answer, 'continue')).toBeVisible();
  });

  it('keeps the partial of an engine that died, says so, and asks again', async () => {
    const opened = await openWindow();
    opened.fake.willAnswer({ pieces: ['Half a '], error: died });
    await ask(opened, 'Hi');
    const answer = await lastAnswer();
    expect(inside(answer, 'message-text')).toHaveTextContent('Half a');
    expect(inside(answer, 'message-error')).toHaveTextContent('The engine stopped.');
    expect(answer).toHaveTextContent('Ask again.');
    await opened.user.click(inside(answer, 'ask-again'));
    await waitFor(() => expect(screen.getByTestId('branch-position')).toHaveTextContent('2/2'));
  });

  it('gives the words back when nothing of the turn was stored', async () => {
    const opened = await openWindow();
    opened.fake.willAnswer({
      pieces: [],
      refused: { code: 'no_model', message: 'No model is chosen.', action: null }
    });
    await ask(opened, 'Hi');
    expect(await screen.findByTestId('message-error')).toHaveTextContent('No model is chosen.');
    expect(screen.getByTestId('composer')).toHaveValue('Hi');
    await opened.user.click(screen.getByRole('button', { name: 'Choose a model' }));
    expect(screen.getByTestId('page-models')).toBeInTheDocument();
  });

  it('says errors in a banner that stays until it is dismissed', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const opened = await openWindow();
    opened.fake.willFail('modelAdd', {
      code: 'model_file',
      message: 'a.gguf is not a model.',
      action: 'Try another.'
    });
    opened.app.openModelFile();
    expect(await screen.findByRole('alert')).toHaveTextContent('a.gguf is not a model. Try another.');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(screen.getByRole('alert')).toBeInTheDocument();
    await opened.user.click(screen.getByRole('button', { name: 'Dismiss' }));
    expect(screen.queryByRole('alert')).toBeNull();
    vi.useRealTimers();
  });
});

describe('branches', () => {
  it('an edit makes a branch, and the arrows lead back', async () => {
    const opened = await openWindow();
    opened.fake.willAnswer({ pieces: ['First.'] });
    opened.fake.willAnswer({ pieces: ['Second.'] });
    await ask(opened, 'One');
    await lastAnswer();
    await opened.user.keyboard('{ArrowUp}');
    const editor = screen.getByTestId('edit-text');
    expect(editor).toHaveFocus();
    await opened.user.clear(editor);
    await opened.user.keyboard('Two{Enter}');
    expect(screen.getByTestId('composer')).toHaveFocus();
    await screen.findByText('Second.');
    expect(screen.getByTestId('message-user')).toHaveTextContent('Two');
    expect(screen.getByTestId('branch-position')).toHaveTextContent('2/2');
    expect(screen.getByTestId('branch-next')).toBeDisabled();
    await opened.user.click(screen.getByTestId('branch-prev'));
    await screen.findByText('First.');
    expect(screen.getByTestId('message-user')).toHaveTextContent('One');
    expect(screen.getByTestId('branch-position')).toHaveTextContent('1/2');
  });

  it('Esc leaves the editor without a change', async () => {
    const opened = await openWindow();
    await ask(opened, 'One');
    await lastAnswer();
    await opened.user.keyboard('{ArrowUp}changed{Escape}');
    expect(screen.getByTestId('message-user')).toHaveTextContent('One');
    expect(opened.fake.calls.filter((c) => c.command === 'chatSend')).toHaveLength(1);
  });

  it('goes on with an answer that was cut, in its place', async () => {
    const opened = await openWindow();
    opened.fake.willAnswer({ pieces: ['One, two, '], answer: { finish: 'length' } });
    opened.fake.willAnswer({ pieces: ['three.'] });
    await ask(opened, 'Count');
    const answer = await lastAnswer();
    expect(answer).toHaveTextContent('Cut at the length limit');
    await opened.user.click(inside(answer, 'continue'));
    await waitFor(() => expect(screen.getByTestId('message-answer')).toHaveTextContent('One, two, three.'));
    expect(screen.getAllByTestId('message-answer')).toHaveLength(1);
  });
});

describe('tokens', () => {
  it('can be tinted by confidence and by origin', async () => {
    const opened = await openWindow();
    opened.fake.willAnswer({ pieces: ['Several words of an answer.'] });
    await ask(opened, 'Hi');
    const answer = await lastAnswer();
    opened.app.tint = 'confidence';
    await waitFor(() => expect(answer.querySelectorAll('.tokens span').length).toBeGreaterThan(3));
    expect(inside(answer, 'message-text')).toHaveTextContent('Several words of an answer.');
    opened.app.tint = 'origin';
    await waitFor(() => expect(answer.querySelector('.tokens .draft')).not.toBeNull());
    expect(screen.getByTestId('tint-legend')).toHaveTextContent('draft model');
  });
});

describe('a screen reader', () => {
  it('hears that an answer began and then the whole of it, not each piece', async () => {
    const opened = await openWindow();
    const said = spoken();
    opened.fake.paceMs = 2;
    opened.fake.willAnswer({ pieces: 'a b c d e f g h'.split(/(?= )/) });
    await ask(opened, 'Hi');
    await lastAnswer();
    await waitFor(() => expect(said.at(-1)).toBe('Answer: a b c d e f g h'));
    expect(said).toEqual(['Hearth is answering.', 'Answer: a b c d e f g h']);
  });
});

describe('keys', () => {
  it('Ctrl+N, K, B and comma do what people expect', async () => {
    const opened = await openWindow(FakeBackend.seeded());
    const { user } = opened;
    await user.click(screen.getAllByTestId('chat-title')[0]!);
    await screen.findAllByTestId('message-answer');
    await user.keyboard('{Control>}n{/Control}');
    expect(screen.queryByTestId('message-answer')).toBeNull();
    await user.keyboard('{Control>}k{/Control}');
    await waitFor(() => expect(screen.getByTestId('search')).toHaveFocus());
    await user.keyboard('{Control>}b{/Control}');
    expect(screen.getByTestId('chat-list')).not.toBeVisible();
    await user.keyboard('{Control>},{/Control}');
    expect(screen.getByTestId('page-settings')).toBeInTheDocument();
  });

  it('no bare key deletes anything', async () => {
    const { fake, user } = await openWindow(FakeBackend.seeded());
    screen.getAllByTestId('chat-title')[0]!.closest('button')!.focus();
    await user.keyboard('{Delete}{Backspace}d{Escape}');
    expect(fake.calls.some((c) => /Trash|Delete|Remove/.test(c.command))).toBe(false);
  });
});
