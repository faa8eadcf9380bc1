import { render, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import type { AnswerView, ConversationView } from '$lib/backend/api';
import { FakeBackend } from '$lib/backend/fake';
import { hostile } from '$lib/backend/fake/hostile';
import { invisible, named, revealed } from '$lib/common/revealed';
import { BoundedLexer } from '$lib/markdown/bounded';
import { highlight } from '$lib/markdown/highlight';
import { GrowingMarkdown, lex, paired, size, type Token, type Tokens } from '$lib/markdown/lexer';
import {
  CODE_PIECE,
  CODE_PIECE_LINES,
  drawable,
  FIRST_CELLS,
  INLINE_PER_CHARACTER,
  inPieces,
  LONGEST_WINDOW,
  STEPS_PER_CHARACTER
} from '$lib/markdown/limits';
import { App } from '$lib/state/app.svelte';
import MarkdownHost from './MarkdownHost.svelte';
import { drawn, inside, openWindow } from './window';

const chat = (id: string): ConversationView => ({
  id,
  title: id,
  system_prompt: '',
  foreign_prompt: false,
  created_ms: 1,
  updated_ms: 1,
  pinned_local: false,
  label: 'public',
  trashed_ms: null,
  snippet: null
});

const answer = (): AnswerView => ({
  finish: 'stop',
  place: 'this_device',
  model: 'Hearth Starter',
  backend: 'cpu',
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

const TEXTS = 1_000;
/** Elements of one step, which are drawn in one frame. */
const MOST_AT_ONCE = 6_000;

const unspaced = (text: string): string => text.replace(/\s+/g, '');
const source = (tokens: Token[]): string => unspaced(tokens.map(({ raw }) => raw).join(''));

function depth(tokens: Token[]): number {
  let deepest = 0;
  for (const token of tokens) {
    const inside = token.type === 'list' ? (token as Tokens.List).items.flatMap((item) => item.tokens) : [];
    const own = 'tokens' in token && token.tokens ? token.tokens : inside;
    deepest = Math.max(deepest, 1 + depth(own));
  }
  return deepest;
}

/** Lexes all of `text`; what each step and the whole cost, in counts. */
function measured(text: string): { blocks: Token[]; steps: number; most: number } {
  const growing = new GrowingMarkdown();
  growing.take(text, false);
  let steps = 0;
  let most = 0;
  let more = true;
  while (more) {
    const before = growing.blocks;
    more = growing.step();
    steps += 1;
    most = Math.max(most, size(growing.blocks.filter((block, i) => block !== before[i])));
  }
  return { blocks: growing.blocks, steps, most };
}

describe('a thousand hostile texts', () => {
  it('are lexed to their last character, with bounded work, and nothing throws', () => {
    for (let number = 0; number < TEXTS; number += 1) {
      const text = hostile(number).slice(0, 16_000);
      const { blocks, steps, most } = measured(text);
      const why = `text ${number}, ${text.length} characters`;
      // Rows of a table that goes on are not repeated in its source.
      if (!blocks.some(({ type }) => type === 'table'))
        expect(source(blocks) === unspaced(text), why).toBe(true);
      expect(steps, why).toBeLessThan(10 + text.length / 8);
      expect(most, why).toBeLessThan(MOST_AT_ONCE);
      expect(depth(blocks), why).toBeLessThan(100);
    }
  });

  it('can be cut anywhere while they are written', () => {
    for (let number = 0; number < TEXTS; number += 13) {
      const text = hostile(number).slice(0, 6_000);
      const growing = new GrowingMarkdown();
      for (let end = 1; end < text.length; end = Math.ceil(end * 1.4)) {
        growing.take(text.slice(0, end), true);
        while (growing.step());
      }
      growing.take(text, false);
      while (growing.step());
      expect(growing.blocks.length, `text ${number}`).toBeGreaterThan(0);
    }
  });

  it('are drawn, or shown as plain text', async () => {
    const app = await App.open(new FakeBackend());
    for (let number = 0; number < TEXTS; number += 97) {
      const { container, unmount } = render(MarkdownHost, {
        app,
        text: hostile(number).slice(0, 4_000),
        unfinished: false
      });
      await drawn();
      expect(container.querySelector('.markdown, .plain'), `text ${number}`).not.toBeNull();
      unmount();
    }
  });
});

describe('limits', () => {
  it.each([
    ['quotes', '>'.repeat(2000) + 'a'],
    ['lists', Array.from({ length: 1000 }, (_, i) => '  '.repeat(i) + '- a').join('\n')],
    ['roots', `$$${'\\sqrt{'.repeat(1000)}x${'}'.repeat(1000)}$$`],
    ['powers', `$$${'a^{'.repeat(2000)}x${'}'.repeat(2000)}$$`],
    ['emphasis', '_a__b'.repeat(20_000)],
    ['formulas', '\\(a '.repeat(60_000)],
    ['images', '!['.repeat(60_000)],
    ['tags', '<a '.repeat(60_000)],
    ['links in links', '['.repeat(500) + 'a' + '](b)'.repeat(500)]
  ])('the work on nested or repeated %s grows with the text, not faster', (_, text) => {
    const { steps, most } = measured(text);
    expect(steps).toBeLessThan(10 + text.length / 100);
    expect(most).toBeLessThan(MOST_AT_ONCE);
  });

  it('a lexer gives up what costs more than its length allows', () => {
    const text = '_a__b'.repeat(1_600);
    const lexer = new BoundedLexer({ gfm: true }, text.length);
    const tokens = lexer.lex(text);
    expect(lexer.spent).toBeLessThanOrEqual(INLINE_PER_CHARACTER * (text.length + 200));
    expect(lexer.steps).toBeLessThanOrEqual(STEPS_PER_CHARACTER * (text.length + 100));
    expect((tokens[0] as Tokens.Paragraph).tokens).toMatchObject([{ type: 'text', text }]);
  });

  it('what surrounds a part that cannot be lexed is drawn as usual', () => {
    const deep = `${'> - '.repeat(300)}a`;
    const types = lex(`**before**\n\n${deep}\n\n**after**`).filter(({ type }) => type !== 'space');
    expect(types[0]).toMatchObject({ type: 'paragraph', tokens: [{ type: 'strong' }] });
    expect(types.at(-1)).toMatchObject({ type: 'paragraph', tokens: [{ type: 'strong' }] });
  });

  it('ordinary text of any length is lexed as if it were short', () => {
    const section =
      '## Title\n\nA *word* and [a link](https://example.org).\n\n1. one\n2. two\n   - inner\n\n```js\nlet a;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> said\n\n';
    const types = (text: string): string[] =>
      lex(text).flatMap(({ type }) => (type === 'space' ? [] : [type]));
    const once = types(section);
    const many = types(section.repeat(300));
    expect(many).toEqual(Array.from({ length: 300 }, () => once).flat());
  });

  it('long code, long lists and long tables stay what they are', () => {
    const code = lex(`\`\`\`js\n${'let a = 1;\n'.repeat(9_000)}\`\`\`\n\nafter`);
    expect(code.map(({ type }) => type).filter((type) => type !== 'space')).toEqual(['code', 'paragraph']);

    const items = lex('- item *one*\n'.repeat(5_000)).filter(({ type }) => type !== 'space') as Tokens.List[];
    expect(new Set(items.map(({ type }) => type))).toEqual(new Set(['list']));
    expect(items.reduce((sum, list) => sum + list.items.length, 0)).toBe(5_000);

    const numbers = lex(
      Array.from({ length: 2_000 }, (_, i) => `${i + 1}. item`).join('\n')
    ) as Tokens.List[];
    expect(numbers.length).toBeGreaterThan(1);
    let next = 1;
    for (const list of numbers) {
      expect(list.start).toBe(next);
      next += list.items.length;
    }

    const [table, ...rest] = lex(`|a|b|\n|-|-|\n${'|1|2|\n'.repeat(20_000)}`);
    expect(rest).toEqual([]);
    expect((table as Tokens.Table).rows).toHaveLength(20_000);
  });

  it('a definition at the end of a long text is known at its beginning', () => {
    const [first] = lex(`[the manual][m]\n\n${'Some words.\n\n'.repeat(3_000)}[m]: https://example.org`);
    expect(first).toMatchObject({ tokens: [{ type: 'link', href: 'https://example.org' }] });
  });

  it('a window is never longer than its limit', () => {
    const lengths: number[] = [];
    const spy = vi.spyOn(BoundedLexer.prototype, 'lex').mockImplementation(function (
      this: BoundedLexer,
      text
    ) {
      lengths.push(text.length);
      return Object.assign([{ type: 'paragraph', raw: text, text, tokens: [] }], { links: {} });
    });
    lex('word '.repeat(100_000));
    spy.mockRestore();
    expect(Math.max(...lengths)).toBeLessThanOrEqual(LONGEST_WINDOW);
  });

  it('formulas that are too deep or too long are not given to KaTeX', () => {
    expect(drawable('\\frac{1}{2}')).toBe(true);
    expect(drawable('{'.repeat(51) + '}'.repeat(51))).toBe(false);
    expect(drawable('x'.repeat(2_000))).toBe(false);
    expect(drawable('é'.repeat(200))).toBe(false);
  });

  it('code is coloured in pieces that are all of it, and words without end have one colour', () => {
    const code = `${'let a = 1; // said\n'.repeat(2_000)}end`;
    const pieces = inPieces(code, CODE_PIECE, CODE_PIECE_LINES);
    expect(pieces.join('')).toBe(code);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(CODE_PIECE);
    expect(highlight(pieces[0]!, 'js').length).toBeGreaterThan(100);
    expect(highlight('fn '.repeat(1_000), 'c')).toHaveLength(1);
  });

  it('pairs of tags within each other end', () => {
    const [line] = lex(`${'<sub>'.repeat(300)}a${'</sub>'.repeat(300)}`);
    expect(depth(paired((line as Tokens.Paragraph).tokens))).toBeLessThan(12);
  });
});

describe('a window over hostile text', () => {
  it('draws a huge table in part, and more of it when asked', async () => {
    const app = await App.open(new FakeBackend());
    const { container } = render(MarkdownHost, {
      app,
      text: `|a|b|\n|-|-|\n${'|1|2|\n'.repeat(2_000)}`,
      unfinished: false
    });
    await drawn();
    expect(container.querySelectorAll('td')).toHaveLength(FIRST_CELLS);
    screen.getByTestId('more-rows').click();
    await drawn();
    expect(container.querySelectorAll('td')).toHaveLength(2 * FIRST_CELLS);
  });

  it('opens a chat whatever its answer says, again and again', async () => {
    const fake = new FakeBackend();
    const texts = ['>'.repeat(2_000) + 'a', `$$${'\\sqrt{'.repeat(1_000)}x${'}'.repeat(1_000)}$$`];
    for (const [i, text] of texts.entries())
      fake.seed({
        conversation: chat(`c${i}`),
        turns: [{ text: `question ${i}` }, { text, answer: answer() }]
      });
    const { app } = await openWindow(fake);
    for (const i of [0, 1, 0, 1]) {
      await app.threads.open(`c${i}`);
      await vi.waitFor(() => expect(screen.getByTestId('message-user')).toHaveTextContent(`question ${i}`));
      expect(screen.getByTestId('message-answer')).toBeInTheDocument();
    }
  });

  it('shows a message that cannot be drawn as its text, with the rest of the chat around it', async () => {
    const broken = Object.defineProperty(answer(), 'error', {
      get: () => {
        throw new RangeError('Maximum call stack size exceeded');
      }
    });
    const fake = new FakeBackend();
    fake.seed({
      conversation: chat('c'),
      turns: [
        { text: 'first' },
        { text: 'a **broken** answer', answer: broken },
        { text: 'second' },
        { text: 'a whole answer', answer: answer() }
      ]
    });
    const { app } = await openWindow(fake);
    await app.threads.open('c');
    const undrawn = await screen.findByTestId('message-undrawn');
    expect(undrawn).toHaveTextContent('a **broken** answer');
    expect(inside(undrawn, 'copy')).toBeEnabled();
    expect(screen.getAllByTestId('message-user')).toHaveLength(2);
    expect(screen.getByTestId('message-answer')).toHaveTextContent('a whole answer');
  });

  it('shows the way on where a page cannot be drawn', async () => {
    const { app, user } = await openWindow();
    const spoiled = vi.spyOn(app.shelf, 'downloads', 'get').mockImplementation(() => {
      throw new Error('spoiled');
    });
    app.show('models');
    await screen.findByTestId('page-undrawn');
    await user.click(screen.getByTestId('nav-chat'));
    expect(await screen.findByTestId('page-chat')).toBeInTheDocument();
    spoiled.mockRestore();
    app.show('models');
    expect(await screen.findByTestId('page-models')).toBeInTheDocument();
  });
});

describe('what cannot be seen', () => {
  it('is shown where it would turn text around, and plain right-to-left text stays', () => {
    expect(revealed('a\u202egpj.exe')).toBe('a⟨U+202E⟩gpj.exe');
    expect(revealed('\u001b[2J\u0007\u2067x\u2069')).toBe('⟨U+001B⟩[2J⟨U+0007⟩⟨U+2067⟩x⟨U+2069⟩');
    for (const plain of ['مرحبا! 42 Hearth\u200f', 'שלום (עולם)', 'می‌خواهم', '👨‍👩‍👧', 'a\tb\nc'])
      expect(revealed(plain)).toBe(plain);
  });

  it('is counted, but for what belongs to an emoji', () => {
    expect(invisible('pass\u200bword\u{e0041}\u034f\u202e')).toBe(4);
    expect(invisible('Hello, world! 👨‍👩‍👧 ❤️\n\tשלום')).toBe(0);
  });

  it('does not stretch a title', () => {
    expect(named('x'.repeat(5_000))).toHaveLength(201);
    expect(named('a\nb\u202e')).toBe('a b⟨U+202E⟩');
  });
});
