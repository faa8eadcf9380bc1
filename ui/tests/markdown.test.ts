import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { FakeBackend } from '$lib/backend/fake';
import { highlight } from '$lib/markdown/highlight';
import { GrowingMarkdown, lex, type Token } from '$lib/markdown/lexer';
import { App } from '$lib/state/app.svelte';
import MarkdownHost from './MarkdownHost.svelte';
import { drawn } from './window';

async function show(text: string, unfinished = false): Promise<{ app: App; host: HTMLElement }> {
  const app = await App.open(new FakeBackend());
  const { container } = render(MarkdownHost, { app, text, unfinished });
  await drawn();
  return { app, host: container };
}

describe('hostile text', () => {
  it.each([
    '<img src="https://evil.example/x.png" onerror="alert(1)">',
    '<script>alert(1)</script>',
    'before <b onclick="alert(1)">bold</b> after',
    '<iframe src="https://evil.example"></iframe>\n\ntext',
    '<style>body{display:none}</style>'
  ])('shows raw HTML as text: %s', async (text) => {
    const { host } = await show(text);
    expect(host.querySelector('img, script, iframe, style, b, [onclick], [onerror]')).toBeNull();
    expect(host.textContent).toContain(text.split('\n')[0]!);
  });

  it('never loads an image, and offers its address behind a question', async () => {
    const { app, host } = await show('![a cat](https://evil.example/cat.png?u=me)');
    expect(host.querySelector('img, picture, source')).toBeNull();
    expect(host).toHaveTextContent('a cat');
    expect(host).toHaveTextContent('Image not loaded');
    await userEvent.click(screen.getByRole('link'));
    expect(app.linkToOpen?.href).toBe('https://evil.example/cat.png?u=me');
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,<b>x</b>',
    'file:///etc/passwd',
    'vbscript:x'
  ])('makes no link of %s', async (url) => {
    const { host } = await show(`[click](<${url}>)`);
    expect(screen.queryByRole('link')).toBeNull();
    expect(host.querySelector('a, [href]')).toBeNull();
    expect(host).toHaveTextContent('click');
  });

  it('opens no link without asking, by mouse or by keyboard', async () => {
    const { app, host } = await show('See [the manual](https://example.org/a) or https://example.org/b');
    const [first, second] = screen.getAllByRole('link');
    expect(host.querySelector('[href]')).toBeNull();
    await userEvent.click(first!);
    expect(app.linkToOpen?.href).toBe('https://example.org/a');
    second!.focus();
    await userEvent.keyboard('{Enter}');
    expect(app.linkToOpen?.href).toBe('https://example.org/b');
    expect((app.backend as FakeBackend).calls.map((c) => c.command)).not.toContain('linkOpen');
  });

  it('writes no inline style attribute anywhere', async () => {
    const { host } = await show(
      '# a\n\n| a | b |\n|--:|:--|\n| 1 | 2 |\n\n```js\nlet a = 1;\n```\n\n- [x] done'
    );
    expect(host.querySelector('[style]')).toBeNull();
  });

  it('cannot be made to run TeX that reaches outside', async () => {
    const { host } = await show(
      '$\\href{javascript:alert(1)}{x}$ and $\\includegraphics{https://evil.example/a.png}$'
    );
    expect(host.querySelector('a, img')).toBeNull();
  });
});

describe('markdown', () => {
  it('draws headings, lists, tables, quotes and code', async () => {
    const { host } = await show(
      '## Title\n\n1. one\n2. two\n   - inner\n\n> said\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n```python\nprint("hi")\n```'
    );
    expect(screen.getByRole('heading', { name: 'Title' })).toBeInTheDocument();
    expect(host.querySelectorAll('ol > li')).toHaveLength(2);
    expect(host.querySelector('li ul li')).toHaveTextContent('inner');
    expect(host.querySelector('blockquote')).toHaveTextContent('said');
    expect(screen.getByRole('columnheader', { name: 'b' })).toHaveClass('right');
    expect(host.querySelector('pre')).toHaveTextContent('print("hi")');
    expect(screen.getByRole('button', { name: 'Copy code' })).toBeInTheDocument();
  });

  it('draws formulas and leaves prices alone', async () => {
    const { host } = await show('Energy is $E = mc^2$ and costs $5 to $10.\n\n$$\\frac{1}{2}$$\n\n\\[a_b\\]');
    expect(host.querySelectorAll('.katex')).toHaveLength(3);
    expect(host.querySelectorAll('.katex-display')).toHaveLength(2);
    expect(host).toHaveTextContent('costs $5 to $10.');
  });

  it('draws formulas that end a sentence, span lines or stand among words', async () => {
    const { host } = await show(
      'So\n\n\\[ x = 1 \\].\n\n$$\ny = 2\n$$.\n\n$$\nz = 3\n$$ \n\n   \\[ w = 4 \\]\n\nwe get \\[ a^2 \\] and \\(a +\n b\\).'
    );
    expect(host.querySelectorAll('.katex-display')).toHaveLength(5);
    expect(host.querySelectorAll('.katex')).toHaveLength(6);
    expect(host.textContent).not.toMatch(/\$|\\[[(]/);
  });

  it('strikes through with two tildes, and keeps ranges', async () => {
    const { host } = await show('大约3~5天，价格100~200元。 A~B~C~D and ~~gone~~');
    expect([...host.querySelectorAll('del')].map((del) => del.textContent)).toEqual(['gone']);
    expect(host).toHaveTextContent('3~5天，价格100~200元');
  });

  it('draws strong text beside wide punctuation', async () => {
    const { host } = await show(
      '**Hearth（家）**は軽い。 含**「重点」**内容。 **注意：**请看。 **普通** 文字。'
    );
    const strong = [...host.querySelectorAll('strong')].map((element) => element.textContent);
    expect(strong).toEqual(['Hearth（家）', '「重点」', '注意：', '普通']);
  });

  it('draws line breaks, small letters and keys that are written as tags', async () => {
    const { host } = await show('| a |\n|---|\n| open<br>read<br/>H<sub>2</sub>O <kbd>Ctrl</kbd></sup> |');
    expect(host.querySelectorAll('td br')).toHaveLength(2);
    expect(host.querySelector('td sub')).toHaveTextContent('2');
    expect(host.querySelector('td kbd')).toHaveTextContent('Ctrl');
    expect(host.querySelector('td')).toHaveTextContent('</sup>');
  });

  it('reads entities as the characters they stand for', async () => {
    const { host } = await show('AT&amp;T &lt;3 &#9731; &unknown;');
    expect(host).toHaveTextContent('AT&T <3 ☃ &unknown;');
  });

  it('keeps code exactly, whatever its language', () => {
    const code = 'if (a < b && c) {\n\treturn `${x}`;\n}\n';
    for (const language of ['js', 'rust', 'nonsense', ''])
      expect(
        highlight(code, language)
          .map((run) => run.text)
          .join('')
      ).toBe(code);
    expect(highlight(code, 'js').length).toBeGreaterThan(3);
  });
});

describe('text that still grows', () => {
  /** All blocks of `text` as they are while it grows. */
  function grown(growing: GrowingMarkdown, text: string): Token[] {
    growing.take(text, true);
    while (growing.step());
    return growing.blocks;
  }

  const text =
    'First *paragraph*.\n\n- one\n- two\n\n```js\nlet a;\n```\n\nLast **words** with [a link](https://example.org).';

  it('ends as the same blocks as when lexed at once', () => {
    const growing = new GrowingMarkdown();
    for (let end = 1; end < text.length; end += 3) grown(growing, text.slice(0, end));
    const types = grown(growing, text).map((t) => t.type);
    expect(types.filter((t) => t !== 'space')).toEqual(
      lex(text)
        .map((t) => t.type)
        .filter((t) => t !== 'space')
    );
  });

  it('does not touch the blocks before the last', () => {
    const growing = new GrowingMarkdown();
    const before = grown(growing, text.slice(0, 60));
    const after = grown(growing, text);
    expect(after[0]).toBe(before[0]);
  });

  it('closes what the last block leaves open, and shows no half link', async () => {
    const { host } = await show('Some **bold wor', true);
    expect(host.querySelector('strong')).toHaveTextContent('bold wor');
    const { host: link } = await show('See [the manual](https://exam', true);
    expect(link).toHaveTextContent('See the manual');
    expect(link.querySelector('[role=link]')).toBeNull();
  });
});
