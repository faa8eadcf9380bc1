import { render, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import type { AnswerView, ConversationView } from '$lib/backend/api';
import { FakeBackend } from '$lib/backend/fake';
import { hostile } from '$lib/backend/fake/hostile';
import { invisible, named, revealed } from '$lib/common/revealed';
import { BoundedLexer } from '$lib/markdown/bounded';
import { Drawing } from '$lib/markdown/drawing.svelte';
import { highlight } from '$lib/markdown/highlight';
import { GrowingMarkdown, lex, paired, size, type Token, type Tokens } from '$lib/markdown/lexer';
import {
  CODE_PIECE,
  CODE_PIECE_LINES,
  drawable,
  DRAWN_AT_FIRST,
  ELEMENTS_AT_FIRST,
  ELEMENTS_AT_ONCE,
  endless,
  FIRST_CELLS,
  INLINE_PER_CHARACTER,
  inPieces,
  LONGEST_WINDOW,
  STEPS_PER_CHARACTER,
  weighedEnd,
  weight
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
    expect(highlight('1+'.repeat(1_900), 'js')).toHaveLength(1);
    expect(highlight('// a\n// b', 'js')).toHaveLength(3);
  });

  it('text is weighed by what laying it out takes, and parted by that', () => {
    expect(weight('plain words\n')).toBe(12);
    expect(weight('مرحبا')).toBeGreaterThan(4 * weight('hello'));
    expect(weight('a\u202e'.repeat(100))).toBe(900);
    expect(weight('\u202a'.repeat(100))).toBeLessThan(110);
    expect(weighedEnd('hello', 3)).toBe(3);
    expect(weighedEnd('a😀', 3)).toBe(1);
    const blocks = lex('a\u202e'.repeat(20_000)).filter(({ type }) => type !== 'space');
    for (const { raw } of blocks) expect(weight(raw)).toBeLessThan(50_000);
  });

  it('a word without end is known, in any script that puts blanks between words', () => {
    for (const letter of ['W', 'fi', 'Ж', '-', '😀']) expect(endless(letter.repeat(300))).toBe(true);
    expect(endless('A sentence of plain words. '.repeat(100))).toBe(false);
    expect(endless('漢字かな交じり文'.repeat(100))).toBe(false);
    expect(endless('ภาษาไทย'.repeat(100))).toBe(false);
  });

  it('a long answer comes in portions of what is drawn, each in steps of a few hundred elements', async () => {
    const text = 'a\n=\n\n'.repeat(10_000);
    const drawing = new Drawing();
    let before = 0;
    let most = 0;
    drawing.show(text, false, 1);
    while (drawing.behind) {
      await new Promise(requestAnimationFrame);
      most = Math.max(most, size(drawing.blocks.slice(before)));
      before = drawing.blocks.length;
    }
    expect(most).toBeLessThan(2 * ELEMENTS_AT_ONCE);
    expect(size(drawing.blocks)).toBeLessThan(ELEMENTS_AT_FIRST + 10);
    const left = drawing.left;
    const shown = drawing.blocks.reduce((sum, { raw }) => sum + raw.length, 0);
    expect(shown + left).toBe(text.length);
    drawing.show(text, false, 2);
    while (drawing.behind) await new Promise(requestAnimationFrame);
    expect(drawing.left).toBeLessThan(left);
    expect(size(drawing.blocks)).toBeGreaterThan(ELEMENTS_AT_FIRST);
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

  it.each([
    ['code', (body: string) => `\`\`\`\n${body}\n\`\`\``],
    ['HTML', (body: string) => `<div>\n${body}\n</div>`]
  ])('draws %s that is long in part, and more of it when asked', async (_, around) => {
    const app = await App.open(new FakeBackend());
    const text = around(`${'word '.repeat(200)}\n`.repeat(DRAWN_AT_FIRST / 500));
    const { container } = render(MarkdownHost, { app, text, unfinished: false });
    await drawn();
    const before = container.textContent!.length;
    expect(before).toBeLessThan(1.1 * DRAWN_AT_FIRST);
    screen.getAllByTestId('more-text')[0]!.click();
    await vi.waitFor(() => expect(container.textContent!.length).toBeGreaterThan(1.1 * before), 30_000);
  });

  it('does not kern words without end', async () => {
    const app = await App.open(new FakeBackend());
    const text = `plain\n\n${'W'.repeat(5_000)}\n\n- ${'W'.repeat(5_000)}`;
    const { container } = render(MarkdownHost, { app, text, unfinished: false });
    await drawn();
    expect([...container.querySelectorAll('p, li')].map((e) => e.classList.contains('endless'))).toEqual([
      false,
      true,
      true
    ]);
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
    expect(revealed('a\u0000\u0007b')).toBe('a⟨U+0000⟩⟨U+0007⟩b');
    for (const plain of ['مرحبا! 42 Hearth\u200f', 'שלום (עולם)', 'می‌خواهم', '👨‍👩‍👧', 'a\tb\nc'])
      expect(revealed(plain)).toBe(plain);
  });

  it('is shown once where it repeats, and counted where there is no end of it', () => {
    expect(revealed(`a${'\u202a'.repeat(250_000)}b`)).toBe('a⟨U+202A × 250000⟩b');
    expect(revealed('\u202a\u202e'.repeat(100_000))).toMatch(/^(⟨U\+202[AE]⟩){12}⟨… × 199988⟩$/);
  });

  it('is shown where marks are stacked on a letter beyond what any script writes', () => {
    expect(revealed(`a${'\u0300'.repeat(1_000)}b`)).toBe('a⟨U+0300 × 1000⟩b');
    for (const plain of ['Việt Nam', 'a\u0300\u0301\u0302', 'हिन्दी', 'שָׁלוֹם', 'น้ำ'])
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
