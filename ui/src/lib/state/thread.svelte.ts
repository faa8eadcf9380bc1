import type {
  ApiError,
  ChatEvent,
  ConversationView,
  MessageView,
  Suggestion,
  TokenMark
} from '$lib/backend/api';
import { perFrame, type Phase, withTurn } from './turn';

/** An answer while it is being written. */
export class LiveAnswer {
  text = $state('');
  thought = $state('');
  tokens = $state.raw<TokenMark[]>([]);
  phase = $state.raw<Phase>({ is: 'waiting' });
  /** How long it has thought, in ms, as far as that is over. */
  thoughtMs = $state(0);

  readonly #frame = perFrame<{ thought: string; text: string; tokens: TokenMark[] }>((pieces) => {
    this.thought += pieces.map((p) => p.thought).join('');
    this.text += pieces.map((p) => p.text).join('');
    this.tokens = this.tokens.concat(...pieces.map((p) => p.tokens));
  });

  constructor(
    readonly turn: string,
    /** The answer's message id. */
    readonly id: string,
    start: MessageView
  ) {
    this.text = start.text;
    this.thought = start.thought;
    this.tokens = start.answer?.tokens ?? [];
    this.thoughtMs = start.answer?.timing?.thought_ms ?? 0;
  }

  think(thought: string): void {
    const begins = this.phase.is !== 'thinking' && this.phase.is !== 'writing';
    // Some templates make every model open a thought, and close it again without a word.
    if (begins && thought.trim()) this.phase = { is: 'thinking', since: performance.now() };
    this.#frame.push({ thought, text: '', tokens: [] });
  }

  add(text: string, tokens: TokenMark[]): void {
    if (this.phase.is === 'thinking') this.thoughtMs += performance.now() - this.phase.since;
    if (this.phase.is !== 'writing') this.phase = { is: 'writing' };
    this.#frame.push({ thought: '', text, tokens });
  }

  /** Shows what has come without waiting for the next frame. */
  settle(): void {
    this.#frame.now();
  }
}

/** One conversation as it is shown, and the turn that runs in it. */
export class Thread {
  /** Null until the first message is sent. */
  conversation = $state.raw<ConversationView | null>(null);
  messages = $state.raw<MessageView[]>([]);
  live = $state.raw<LiveAnswer | null>(null);
  /** A turn was asked for and has not ended. */
  busy = $state(false);
  /** Why the last turn failed before there was an answer to show it in. */
  failure = $state.raw<ApiError | null>(null);
  /** What the error of the last answer asks the user to do. */
  answerError = $state.raw<{ answer: string; error: ApiError } | null>(null);
  /** How many messages the last turn had to leave out of its prompt. */
  trimmed = $state.raw<{ answer: string; messages: number } | null>(null);
  /** What the router makes of the last local answer. */
  suggested = $state.raw<{ answer: string; suggestion: Suggestion } | null>(null);
  /** The local answer that a second opinion stands beside. */
  beside = $state.raw<{ answer: string; other: MessageView } | null>(null);
  draft = $state('');
  /** The question that is being edited, and its text so far. */
  editing = $state<{ message: string; text: string } | null>(null);
  /** What a screen reader is told, once a turn begins and once it ends. */
  ended = $state.raw<'answered' | 'stopped' | 'failed' | null>(null);
  #stopWanted = false;

  get last(): MessageView | null {
    return this.messages.at(-1) ?? null;
  }

  get lastUser(): MessageView | null {
    return this.messages.findLast((m) => m.role === 'user') ?? null;
  }

  /** Opens the editor on a question, as it was left. */
  edit({ id, text }: MessageView): void {
    if (this.editing?.message !== id) this.editing = { message: id, text };
  }

  begin(): void {
    this.busy = true;
    this.failure = null;
    this.answerError = null;
    this.trimmed = null;
    this.suggested = null;
    this.ended = null;
    this.#stopWanted = false;
  }

  /** The turn to cancel, or null when it has no name yet; then it is cancelled once it has. */
  stop(): string | null {
    this.#stopWanted = true;
    return this.live?.turn ?? null;
  }

  /** Applies one event of the running turn; returns the turn's name when it must be cancelled now. */
  receive(event: ChatEvent): string | null {
    switch (event.event) {
      case 'started':
        this.#standBeside(event);
        this.messages = withTurn(this.messages, event.user, event.answer);
        this.live = new LiveAnswer(event.turn, event.answer.id, event.answer);
        return this.#stopWanted ? event.turn : null;
      case 'routed':
        this.#editLast((answer) => ({ ...answer, ...pick(event) }));
        return null;
      case 'loading':
        if (this.live) this.live.phase = { is: 'loading', fraction: event.fraction };
        return null;
      case 'trimmed':
        if (this.live) this.trimmed = { answer: this.live.id, messages: event.messages };
        return null;
      case 'prefill':
        if (this.live) this.live.phase = { is: 'prefill', done: event.done, total: event.total };
        return null;
      case 'thought':
        this.live?.think(event.text);
        return null;
      case 'text':
        this.live?.add(event.text, event.tokens);
        return null;
      case 'kept':
        this.live?.settle();
        this.messages = this.messages.map((m) => (m.id === event.answer.id ? event.answer : m));
        this.suggested = { answer: event.answer.id, suggestion: event.suggestion };
        return null;
      case 'finished':
        this.ended = event.answer.answer?.finish === 'cancelled' ? 'stopped' : 'answered';
        this.#end(event.answer);
        return null;
      case 'failed':
        this.ended = 'failed';
        if (event.answer) this.answerError = { answer: event.answer.id, error: event.error };
        else this.failure = event.error;
        this.#end(event.answer);
        return null;
    }
  }

  #end(answer: MessageView | null): void {
    const live = this.live;
    if (answer) {
      this.messages = this.messages.map((m) => (m.id === answer.id ? answer : m));
    } else if (live) {
      // The core kept nothing of this answer, so neither does the window.
      this.messages = this.messages.filter((m) => m.id !== live.id);
    }
    this.live = null;
    this.busy = false;
  }

  /** A new answer to the same question, from elsewhere, is shown with the local one. */
  #standBeside(event: Extract<ChatEvent, { event: 'started' }>): void {
    const other = this.last;
    const same = other?.parent === event.answer.parent && other.id !== event.answer.id;
    const away = event.answer.answer?.place !== 'this_device';
    this.beside = !event.user && other && same && away ? { answer: event.answer.id, other } : null;
  }

  #editLast(change: (answer: NonNullable<MessageView['answer']>) => MessageView['answer']): void {
    const id = this.live?.id;
    this.messages = this.messages.map((m) =>
      m.id === id && m.answer ? { ...m, answer: change(m.answer) } : m
    );
  }
}

function pick(
  event: Extract<ChatEvent, { event: 'routed' }>
): Pick<NonNullable<MessageView['answer']>, 'place' | 'model' | 'reasons'> {
  return { place: event.place, model: event.model, reasons: event.reasons };
}
