import { render } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { FakeBackend } from '$lib/backend/fake';
import PlainText from '$lib/markdown/PlainText.svelte';
import { App } from '$lib/state/app.svelte';
import MarkdownHost from './MarkdownHost.svelte';
import { drawn } from './window';

/**
 * What is seen of a text, on one line: `{b …}` bold, `{i …}` slanted, `{s …}` struck through, `{c …}` code,
 * `{a address …}` a link, `{m …}` a formula in a line, `{M …}` one of its own, `⏎` a line break; blocks are
 * parted by ` / `, and begin with `#`, `>`, `•`, `1.`, `|` or a fence.
 */
function seen(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent!;
  if (!(node instanceof Element)) return '';
  const inside = (): string => [...node.childNodes].map(seen).join('').trim();
  const exactly = (): string => [...node.childNodes].map(seen).join('');
  const tex = node.querySelector(':scope annotation')?.textContent;
  if (node.matches('.katex-display')) return `{M ${tex}}`;
  if (node.matches('.katex')) return `{m ${tex}}`;
  if (node.matches('.katex-error')) return `{error ${node.textContent}}`;
  if (node.matches('.display')) return ` / ${exactly()}`;
  if (node.matches('[role=link]')) return `{a ${node.getAttribute('title')} ${exactly()}}`;
  switch (node.localName) {
    case 'strong':
      return `{b ${exactly()}}`;
    case 'em':
      return `{i ${exactly()}}`;
    case 'del':
      return `{s ${exactly()}}`;
    case 'code':
      return `{c ${exactly()}}`;
    case 'sub':
    case 'sup':
    case 'kbd':
      return `{${node.localName} ${exactly()}}`;
    case 'br':
      return '⏎';
    case 'p':
      return ` / ${exactly()}`;
    case 'h2':
    case 'h3':
      return ` / # ${exactly()}`;
    case 'hr':
      return ' / ---';
    case 'blockquote':
      return ` / > ${inside().replace(/^\/ /, '')}`;
    case 'li': {
      const list = node.parentElement!;
      const place = [...list.children].indexOf(node) + Number(list.getAttribute('start') ?? 1);
      const box = node.querySelector(':scope > input');
      const task = box
        ? box.hasAttribute('checked') || (box as HTMLInputElement).checked
          ? '[x] '
          : '[ ] '
        : '';
      return ` / ${list.localName === 'ol' ? `${place}.` : '•'} ${task}${inside().replace(/^\/ /, '')}`;
    }
    case 'tr':
      return ` / |${[...node.children].map((cell) => [...cell.childNodes].map(seen).join('')).join('|')}|`;
    case 'figure':
      return ` / \`\`\`${node.querySelector('figcaption span')!.textContent}: ${node.querySelector('pre')!.textContent}`;
    case 'button':
    case 'small':
      return '';
    default:
      return node.matches('.plain') ? ` / ${exactly()}` : exactly();
  }
}

async function shown(text: string): Promise<string> {
  const app = await App.open(new FakeBackend());
  const { container, unmount } = render(MarkdownHost, { app, text, unfinished: false });
  await drawn();
  const line = [...container.childNodes]
    .map(seen)
    .join('')
    .replace(/\n/g, ' ')
    .replace(/ {2,}/g, ' ')
    .replace(/^ ?\/ /, '')
    .trim();
  unmount();
  return line;
}

/** What is written, and all that is seen of it. */
type Case = [written: string, seen: string];

const FORMULAS: Case[] = [
  ['$x$', '{m x}'],
  ['\\(x\\)', '{m x}'],
  ['$$x$$', '{M x}'],
  ['\\[x\\]', '{M x}'],
  ['$$\nx\n$$', '{M x}'],
  ['\\[\nx\n\\]', '{M x}'],
  ['```math\nx^2\n```', '{M x^2}'],
  ['~~~math\nx^2\n~~~', '{M x^2}'],
  ['$`a_b`$ and $``c``$', '{m a_b} and {m c}'],
  [
    '\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}',
    '{M \\begin{align*} a &= b \\\\ c &= d \\end{align*}}'
  ],
  [
    'Then\n\\begin{equation*}\nx = 1\n\\end{equation*}\nfollows.',
    'Then / {M \\begin{equation*} x = 1 \\end{equation*}} / follows.'
  ],
  ['So the result is\n\n\\[ x = 1 \\].', 'So the result is / {M x = 1.}'],
  ['with dollars:\n\n$$\ny = 2\n$$.', 'with dollars: / {M y = 2.}'],
  [
    'Inline display: we get \\[ a^2 + b^2 = c^2 \\] as wished.',
    'Inline display: we get / {M a^2 + b^2 = c^2} as wished.'
  ],
  ['A space:\n\n$$\nz = 3\n$$ \n\n   \\[ w = 4 \\]', 'A space: / {M z = 3} / {M w = 4}'],
  ['Over two lines: \\(a +\n b\\).', 'Over two lines: {m a + b}.'],
  ['Over two lines: $a +\nb = c$.', 'Over two lines: {m a + b = c}.'],
  ['we get $$ x = 1 $$ here', 'we get / {M x = 1} here'],
  ['we get $$\nx = 1\n$$ here', 'we get / {M x = 1} here'],
  ['Let\n$$\nx = 1\n$$\nbe', 'Let / {M x = 1} / be'],
  ['- $x$\n- \\(y\\)', '• {m x} / • {m y}'],
  ['1. $$x$$\n2. two', '1. {M x} / 2. two'],
  ['1. one\n   $$\n   x = 1\n   $$\n2. two', '1. one / {M x = 1} / 2. two'],
  ['- one\n\n  \\[\n  x = 1\n  \\]\n- two', '• one / {M x = 1} / • two'],
  ['> $$\n> x = 1\n> $$', '> {M x = 1}'],
  ['> where \\(x\\) is', '> where {m x} is'],
  ['| a | b |\n|---|---|\n| $x$ | \\(y\\) |', '|a|b| / |{m x}|{m y}|'],
  ['| a |\n|---|\n| $P(a \\| b)$ |', '|a| / |{m P(a | b)}|'],
  ['## The $x$ axis', '# The {m x} axis'],
  ['**$x$** and **let $x$ be**', '{b {m x}} and {b let {m x} be}'],
  ['质量为$m$的物体，能量$E=mc^2$。', '质量为{m m}的物体，能量{m E=mc^2}。'],
  ['関数\\(f(x)\\)は連続。', '関数{m f(x)}は連続。'],
  ['설명: $x$는 변수다.', '설명: {m x}는 변수다.'],
  ['其中：\n$$\nx = 1\n$$。', '其中： / {M x = 1。}'],
  ['($x$), "$y$", $z$-axis, $n$th, the $k$s', '({m x}), "{m y}", {m z}-axis, {m n}th, the {m k}s'],
  ['$f$(x) and $a_1$ and $b_2$', '{m f}(x) and {m a_1} and {m b_2}'],
  ['$a*b*c$ and $d*e$', '{m a*b*c} and {m d*e}'],
  ['$\\text{cost} = \\$5$', '{m \\text{cost} = \\$5}'],
  ['$a \\\\ b$', '{m a \\\\ b}'],
  ['[see $x$](https://example.org)', '{a https://example.org/ see {m x}}'],
  ['It costs $5 or $10.', 'It costs $5 or $10.'],
  ['From $5-$10, $5/$6, US$5 to US$10', 'From $5-$10, $5/$6, US$5 to US$10'],
  ['Pay $5 (or $6) and get 3$ back', 'Pay $5 (or $6) and get 3$ back'],
  ['It costs $5 or 6$ there.', 'It costs $5 or 6$ there.'],
  ['10$ and 20$ and 10$-20$', '10$ and 20$ and 10$-20$'],
  ['$1,000 and $2.50', '$1,000 and $2.50'],
  ['about $5\nand about $6', 'about $5⏎and about $6'],
  ['export PATH=$HOME/bin:$PATH', 'export PATH=$HOME/bin:$PATH'],
  ['$HOME and $USER, $HOME/$USER', '$HOME and $USER, $HOME/$USER'],
  ['${A}${B} $1 $2 $? $# $@', '${A}${B} $1 $2 $? $# $@'],
  ['$(pwd)/$(id), $a->b($c), $a=$b', '$(pwd)/$(id), $a->b($c), $a=$b'],
  ['$("#a").b($("#c"))', '$("#a").b($("#c"))'],
  ['Use $$ for the pid and $$ again', 'Use $$ for the pid and $$ again'],
  ['\\$5 and \\$6', '$5 and $6'],
  ['`$x$` and `\\(y\\)`', '{c $x$} and {c \\(y\\)}'],
  ['```sh\necho $A $B\n```', '```sh: echo $A $B'],
  ['$AAPL and $MSFT, $AAPL,$MSFT', '$AAPL and $MSFT, $AAPL,$MSFT'],
  ['$ x and $ y', '$ x and $ y']
];

const EMPHASIS: Case[] = [
  [
    '**Hearth（家）**は軽い。 含**「重点」**内容。 **注意：**请看这里。',
    '{b Hearth（家）}は軽い。 含{b 「重点」}内容。 {b 注意：}请看这里。'
  ],
  ['对照 **普通** 文字。', '对照 {b 普通} 文字。'],
  ['这是**重点**内容', '这是{b 重点}内容'],
  ['这是*重点*内容', '这是{i 重点}内容'],
  ['**Python(パイソン)**は言語', '{b Python(パイソン)}は言語'],
  ['**Python (3.12)**は新しい', '{b Python (3.12)}は新しい'],
  ['**한국어(Korean)**는 언어', '{b 한국어(Korean)}는 언어'],
  ['**"인용"**이라고', '{b "인용"}이라고'],
  ['增长**100%**的', '增长{b 100%}的'],
  ['价格**¥100**，便宜', '价格{b ¥100}，便宜'],
  ['他说**Hello!**然后', '他说{b Hello!}然后'],
  ['读*《书名》*吧', '读{i 《书名》}吧'],
  ['这***「很」***重要', '这{i {b 「很」}}重要'],
  ['**「a *b* c」**的', '{b 「a {i b} c」}的'],
  ['**`code`**的 **`a`：**b', '{b {c code}}的 {b {c a}：}b'],
  ['**「一」**和**「二」**', '{b 「一」}和{b 「二」}'],
  ['~~（旧）~~新', '{s （旧）}新'],
  ['snake_case_name and __init__.py', 'snake_case_name and {b init}.py'],
  ['2*3*4 = 24', '2*3*4 = 24'],
  ['2**10 and 3**4', '2**10 and 3**4'],
  ['def f(*args, **kwargs)', 'def f(*args, **kwargs)'],
  ['a * b * c', 'a * b * c'],
  ['\\*not\\* **bold**', '*not* {b bold}'],
  ['***both***', '{i {b both}}'],
  ['**bold *and* slanted**', '{b bold {i and} slanted}'],
  ['**Note:** text', '{b Note:} text']
];

const TILDES: Case[] = [
  ['大约3~5天，价格100~200元。', '大约3~5天，价格100~200元。'],
  [
    'Ranges: A~B~C~D. Rooms 1~2 people, 30~40 m², and ~~really gone~~.',
    'Ranges: A~B~C~D. Rooms 1~2 people, 30~40 m², and {s really gone}.'
  ],
  ['~/bin and ~user', '~/bin and ~user'],
  ['~~~\na ~~b~~\n~~~', '```Code: a ~~b~~']
];

const LINKS: Case[] = [
  ['详见https://example.org/a。然后', '详见{a https://example.org/a https://example.org/a}。然后'],
  ['（https://example.org/a）', '（{a https://example.org/a https://example.org/a}）'],
  ['请看https://example.org是', '请看{a https://example.org/ https://example.org}是'],
  ['https://example.org에서', '{a https://example.org/ https://example.org}에서'],
  ['「https://example.org/a」、次', '「{a https://example.org/a https://example.org/a}」、次'],
  ['见[手册](https://example.org)。', '见{a https://example.org/ 手册}。'],
  ['**[手册](https://example.org)**：好', '{b {a https://example.org/ 手册}}：好'],
  ['[W](https://en.wikipedia.org/wiki/A_(b))', '{a https://en.wikipedia.org/wiki/A_(b) W}'],
  ['(https://example.org/a).', '({a https://example.org/a https://example.org/a}).'],
  ['"https://example.org/a", then', '"{a https://example.org/a https://example.org/a}", then'],
  [
    'https://example.org/a_b_c?d=1&e=2',
    '{a https://example.org/a_b_c?d=1&e=2 https://example.org/a_b_c?d=1&e=2}'
  ],
  ['<https://example.org/a>。', '{a https://example.org/a https://example.org/a}。'],
  [
    'https://zh.wikipedia.org/wiki/中国',
    '{a https://zh.wikipedia.org/wiki/%E4%B8%AD%E5%9B%BD https://zh.wikipedia.org/wiki/中国}'
  ],
  ['`https://example.org`', '{c https://example.org}']
];

const BLOCKS: Case[] = [
  [
    '| Step | What to do |\n|---|---|\n| 1 | open the file<br>read it<br/>close it |\n| 2 | H<sub>2</sub>O and <kbd>Ctrl</kbd>+<kbd>C</kbd> |',
    '|Step|What to do| / |1|open the file⏎read it⏎close it| / |2|H{sub 2}O and {kbd Ctrl}+{kbd C}|'
  ],
  ['one<br>two<BR />three', 'one⏎two⏎three'],
  ['- one<br>two', '• one⏎two'],
  ['x<sup>2</sup> and </sup>', 'x{sup 2} and </sup>'],
  ['one\ntwo', 'one⏎two'],
  ['Text:\n| a | b |\n|---|---|\n| `a \\| b` | 2 |', 'Text: / |a|b| / |{c a | b}|2|'],
  ['a | b\n--|--\n1 | 2', '|a|b| / |1|2|'],
  ['**Steps:**\n1. one\n2. two', '{b Steps:} / 1. one / 2. two'],
  ['3. three\n4. four', '3. three / 4. four'],
  ['- a\n  - b\n    - c', '• a / • b / • c'],
  ['- [x] done\n- [ ] open', '• [x] done / • [ ] open'],
  ['#hashtag and #2', '#hashtag and #2'],
  ['> said\n> more\n\nafter', '> said⏎more / after'],
  ['a\n\n---\n\nb', 'a / --- / b'],
  ['1. one\n   ```js\n   let a;\n   ```\n2. two', '1. one / ```js: let a; / 2. two'],
  ['````md\n```js\na\n```\n````', '```md: ```js a ```'],
  ['```\na <= b && c != d -> e\n```', '```Code: a <= b && c != d -> e'],
  ['`a <= b` and ``a ` b``', '{c a <= b} and {c a ` b}'],
  ['```\n**a** &lt; $b$\n```', '```Code: **a** &lt; $b$'],
  ['AT&amp;T &lt;3', 'AT&T <3'],
  [
    'مرحبا! هذا النص يبدأ من اليمين، وفيه رقم 42 وكلمة Hearth في الوسط.',
    'مرحبا! هذا النص يبدأ من اليمين، وفيه رقم 42 وكلمة Hearth في الوسط.'
  ],
  ['1. البند الأول.\n2. البند الثاني؟', '1. البند الأول. / 2. البند الثاني؟'],
  ['שלום! זה טקסט בעברית (עם סוגריים).', 'שלום! זה טקסט בעברית (עם סוגריים).']
];

describe('text as models write it', () => {
  it.each([...FORMULAS, ...EMPHASIS, ...TILDES, ...LINKS, ...BLOCKS])('%j', async (written, expected) => {
    expect(await shown(written)).toBe(expected);
  });
});

describe('text as a person typed it', () => {
  it.each([
    'one\ntwo\n\n\nthree',
    '    four blanks before',
    '* a list? **no**, _as_ typed',
    '$x$ \\(y\\) `code` ```\nfence\n```',
    '# no heading\n> no quote\n- no list',
    '<b>no tag</b> &amp; https://example.org',
    '1. one\n1. one\n\t- tab'
  ])('%j', (text) => {
    const { container } = render(PlainText, { text });
    expect(container.querySelector('.plain > div')!.textContent).toBe(text);
    expect(container.querySelector('.plain > div > *')).toBeNull();
  });
});
