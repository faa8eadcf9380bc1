import { describe, expect, it, vi } from 'vitest';
import type { AnswerView, ChatEvent, MessageView } from '$lib/backend/api';
import { Thread } from '$lib/state/thread.svelte';
import { perFrame, sibling, withTurn } from '$lib/state/turn';

const message = (
  id: string,
  parent: string | null,
  role: MessageView['role'],
  siblings = [id]
): MessageView => ({
  id,
  parent,
  role,
  text: id,
  thought: '',
  created_ms: 0,
  siblings,
  answer: role === 'assistant' ? answer() : null
});

const answer = (): AnswerView => ({
  finish: null,
  place: 'this_device',
  model: 'Starter',
  backend: null,
  device: null,
  reasons: [],
  usage: null,
  timing: null,
  confidence: null,
  speculation: null,
  cost_nano_usd: 0,
  bytes_sent: 0,
  error: null,
  tokens: []
});

const ids = (messages: MessageView[]): string[] => messages.map((m) => m.id);
const shown = [
  message('u1', null, 'user'),
  message('a1', 'u1', 'assistant'),
  message('u2', 'a1', 'user'),
  message('a2', 'u2', 'assistant')
];

describe('the branch that a turn shows', () => {
  it('grows at its end when a message is sent', () => {
    expect(ids(withTurn(shown, message('u3', 'a2', 'user'), message('a3', 'u3', 'assistant')))).toEqual([
      ...ids(shown),
      'u3',
      'a3'
    ]);
  });

  it('is cut above an edited message, even the first', () => {
    expect(ids(withTurn(shown, message('u2b', 'a1', 'user'), message('a2b', 'u2b', 'assistant')))).toEqual([
      'u1',
      'a1',
      'u2b',
      'a2b'
    ]);
    expect(ids(withTurn(shown, message('u1b', null, 'user'), message('a1b', 'u1b', 'assistant')))).toEqual([
      'u1b',
      'a1b'
    ]);
  });

  it('replaces the answer when it is asked for again, and keeps it when it goes on', () => {
    expect(ids(withTurn(shown, null, message('a1b', 'u1', 'assistant')))).toEqual(['u1', 'a1b']);
    expect(ids(withTurn(shown, null, message('a2', 'u2', 'assistant')))).toEqual(ids(shown));
  });

  it('steps between versions and stops at the ends', () => {
    const middle = message('b', null, 'user', ['a', 'b', 'c']);
    expect(sibling(middle, -1)).toBe('a');
    expect(sibling(middle, 1)).toBe('c');
    expect(sibling(message('a', null, 'user', ['a', 'b']), -1)).toBeNull();
  });
});

describe('drawing once a frame', () => {
  it('hands over everything that came since the last frame, in order', () => {
    const frames: (() => void)[] = [];
    const flushed: string[][] = [];
    const batch = perFrame<string>(
      (items) => flushed.push(items),
      (run) => frames.push(run)
    );
    'abc'.split('').forEach(batch.push);
    expect(flushed).toEqual([]);
    expect(frames).toHaveLength(1);
    frames.shift()!();
    batch.push('d');
    frames.shift()!();
    expect(flushed).toEqual([['a', 'b', 'c'], ['d']]);
  });
});

describe('a thread', () => {
  const started: ChatEvent = {
    event: 'started',
    turn: 't1',
    user: message('u1', null, 'user'),
    answer: { ...message('a1', 'u1', 'assistant'), text: '' }
  };

  it('shows what came so far, then what was stored', () => {
    const frames: FrameRequestCallback[] = [];
    vi.stubGlobal('requestAnimationFrame', (run: FrameRequestCallback) => frames.push(run));
    const thread = new Thread();
    thread.begin();
    thread.receive(started);
    thread.receive({ event: 'text', text: 'Hel', tokens: [] });
    thread.receive({ event: 'text', text: 'lo', tokens: [] });
    frames.forEach((run) => run(0));
    expect(thread.live?.text).toBe('Hello');
    thread.receive({ event: 'finished', answer: { ...message('a1', 'u1', 'assistant'), text: 'Hello.' } });
    expect(thread.live).toBeNull();
    expect(thread.last?.text).toBe('Hello.');
    expect(thread.busy).toBe(false);
    vi.unstubAllGlobals();
  });

  it('keeps thought and answer apart while they come, and both when an answer goes on', () => {
    const thread = new Thread();
    thread.begin();
    const cut = { ...message('a1', 'u1', 'assistant'), thought: 'Hm. ', text: '' };
    thread.receive({ event: 'started', turn: 't1', user: null, answer: cut });
    expect(thread.live?.phase.is).toBe('waiting');
    thread.receive({ event: 'thought', text: 'So.' });
    expect(thread.live?.phase.is).toBe('thinking');
    thread.receive({ event: 'text', text: 'Yes, ', tokens: [] });
    expect(thread.live?.phase.is).toBe('writing');
    thread.live?.settle();
    expect([thread.live?.thought, thread.live?.text]).toEqual(['Hm. So.', 'Yes, ']);

    const again = { ...cut, thought: 'Hm. So.', text: 'Yes, ' };
    thread.receive({ event: 'started', turn: 't2', user: null, answer: again });
    thread.receive({ event: 'text', text: 'indeed.', tokens: [] });
    thread.live?.settle();
    expect([thread.live?.thought, thread.live?.text]).toEqual(['Hm. So.', 'Yes, indeed.']);
  });

  it('cancels a turn that was stopped before it had a name', () => {
    const thread = new Thread();
    thread.begin();
    expect(thread.stop()).toBeNull();
    expect(thread.receive(started)).toBe('t1');
  });

  it('drops an answer of which the core kept nothing, and says why', () => {
    const thread = new Thread();
    thread.begin();
    thread.receive(started);
    const error = { code: 'memory' as const, message: 'It needs 3 GB.', action: null };
    thread.receive({ event: 'failed', error, answer: null });
    expect(ids(thread.messages)).toEqual(['u1']);
    expect(thread.failure).toEqual(error);
  });
});
