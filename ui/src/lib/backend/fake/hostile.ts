/**
 * Texts made to hold up or deceive whoever draws them: what nests, what rules try again from every
 * character, formulas, tables, code, controls. The same number always makes the same text.
 */

type Random = () => number;

/** mulberry32 */
function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
const upTo = (random: Random, most: number): number => 1 + Math.floor(random() * most);
const filled = (unit: string, size: number): string =>
  unit.repeat(Math.ceil(size / unit.length)).slice(0, size);

const SIZES = [2_000, 2_000, 8_000, 8_000, 25_000, 25_000, 60_000, 120_000, 250_000];

const PIECES = [
  ...[
    '_',
    '*',
    '**',
    '__',
    '~',
    '~~',
    '`',
    '``',
    '[',
    '](',
    ']',
    '!',
    '![',
    '<',
    '>',
    '\\',
    '$',
    '$$',
    '\\(',
    '\\['
  ],
  ...[
    '|',
    '- ',
    '1. ',
    '1) ',
    '> ',
    '# ',
    '\n',
    '\n\n',
    ' ',
    '  ',
    '    ',
    '\t',
    'a',
    'A',
    'a ',
    'b@c.d',
    '.',
    '0'
  ],
  ...[
    'http://',
    'www.',
    '<a ',
    '<a href="',
    '<!--',
    '</',
    '<div>',
    '<br>',
    '<sub>',
    '</sub>',
    '"',
    "'",
    '(',
    ')',
    ':'
  ],
  ...[
    '=',
    '-',
    '|-|',
    '&',
    '&#x',
    '&amp;',
    '[a]: b',
    '[a]',
    '```',
    '~~~',
    '\\|',
    'é',
    '。',
    '「',
    '😀',
    '+',
    '{',
    '}',
    '^'
  ],
  ...[
    '[ ] ',
    '\n---\n',
    '\n===\n',
    '\n|-|\n',
    '\n- ',
    '\n> ',
    '\n1. ',
    '\n  - ',
    '\u00a0',
    '\u2003',
    '\f',
    '***',
    '\\*'
  ]
];

/** What takes a rule through all that follows, each time that it stands there. */
const AGAIN = [
  ...[
    '_a__b',
    '_A*__',
    '***a __',
    '*a **b ',
    '![',
    '<a ',
    '\\(a ',
    '\\[a ',
    '[[[[',
    '[a](',
    '[a](b ',
    '`a``',
    '|',
    '$a'
  ],
  ...[
    'b@c.dwww.',
    'www.1. ',
    'http://a ',
    '&#x',
    '<!--',
    '<a b=',
    '[a]: b\n',
    '|\n|-|\n',
    '^\n\n',
    '$$ \n',
    '- a\n\n'
  ],
  ...[
    'a  \n',
    '~~a ',
    '[a][',
    '> a\n\n',
    '    a\n\n',
    '1. a\n   ',
    '\\\\|',
    '[^1]: a\n',
    '<?',
    '<![CDATA[',
    'a\n-\n',
    ' \t'
  ]
];

const TEX = [
  ...[
    '\\sqrt{',
    'a^{',
    'a_{',
    '{',
    '\\frac{a}{',
    '\\left(',
    '\\begin{matrix}',
    '\\text{',
    '\\overline{',
    '\\hat',
    "'"
  ],
  ...[
    '\\def\\a{\\a\\a}\\a',
    '\\rule{5000em}{5000em}',
    '\\kern-400em',
    '\\raisebox{300em}{x}',
    '\\colorbox{white}{x}'
  ],
  ...[
    '\\not',
    '\\over',
    '\\middle|',
    '&',
    '\\\\',
    'x',
    'é',
    '漢',
    '\\phantom{',
    '\\underbrace{',
    '\\char`',
    '#',
    '%'
  ]
];

const CONTROLS = [
  ...[
    '\u0000',
    '\u0007',
    '\u001b[2J',
    '\u001b]8;;http://evil.example\u0007',
    '\u009b',
    '\u200b',
    '\u200d',
    '\u202a'
  ],
  ...[
    '\u202e',
    '\u202d',
    '\u2066',
    '\u2067',
    '\u2069',
    '\u061c',
    '\u180e',
    '\ufeff',
    '\u034f',
    '\u{e0041}',
    '\ufe0f'
  ],
  ...[
    '\ud800',
    '\udfff',
    '\uffff',
    '\u0300',
    '\u0489',
    '\u{1f468}\u200d\u{1f469}\u200d',
    'ﷺ',
    '𒐫',
    '\u2028',
    '\u0085'
  ]
];

const LANGUAGES = [
  'c',
  'cpp',
  'csharp',
  'css',
  'ini',
  'java',
  'javascript',
  'markdown',
  'php',
  'python',
  'r',
  'ruby'
];
const CODE = [
  'fn ',
  'a',
  '0x',
  '1e',
  'select ',
  'function ',
  '?a(',
  '--+',
  '"',
  '/*',
  '{',
  '<a ',
  '$',
  '_',
  '#',
  '\\',
  '\n',
  ' '
];

type Kind = (random: Random, size: number) => string;

const KINDS: Kind[] = [
  // Containers within containers.
  (random, size) => filled(pick(random, ['>', '> ', '- ', '1. ', '* > ', '- > 1. ']), size) + 'a',
  (random, size) => {
    const levels = Math.floor(Math.sqrt(size));
    return Array.from({ length: levels }, (_, i) => `${pick(random, [' ', '  '])}`.repeat(i) + '- a').join(
      '\n'
    );
  },
  (random, size) => {
    const [open, close] = pick(random, [
      ['[', '](b)'],
      ['![', '](b)'],
      ['**', '**'],
      ['*', '*'],
      ['<sub>', '</sub>'],
      ['~~', '~~'],
      ['[', ']'],
      ['(', ')']
    ] as const);
    const levels = Math.floor(size / (open.length + close.length));
    return `${open.repeat(levels)}a${close.repeat(levels)}`;
  },
  // Rules that look ahead from everywhere.
  (random, size) => filled(pick(random, AGAIN), size),
  (random, size) => filled(pick(random, AGAIN) + pick(random, AGAIN), size),
  (random, size) =>
    filled(Array.from({ length: upTo(random, 5) }, () => pick(random, PIECES)).join(''), size),
  (random, size) => filled(Array.from({ length: 2_000 }, () => pick(random, PIECES)).join(''), size),
  // Formulas.
  (random, size) => {
    const sign = pick(random, ['$', '$$', '\n$$\n']);
    return sign + filled(pick(random, TEX) + pick(random, TEX), size) + sign;
  },
  (random, size) => {
    const levels = Math.floor(size / 8);
    return `$$${pick(random, ['\\sqrt{', 'a^{', '{', '\\text{']).repeat(levels)}x${'}'.repeat(levels)}$$`;
  },
  (random, size) => filled(`$${pick(random, TEX)}${pick(random, ['a', '}', 'x_1', '\\alpha'])}$ `, size),
  // Tables.
  (random, size) => {
    const columns = pick(random, [1, 3, 20, 200, 2_000]);
    const row = `|${filled(pick(random, ['a|', '*a*|', '`a`|', '$a$|', '\\||', '|']), columns * 2)}\n`;
    return `|${'a|'.repeat(columns)}\n|${'-|'.repeat(columns)}\n${filled(row, size)}`;
  },
  (random, size) => `| a | b |\n|---|---|\n${filled(`|${filled(pick(random, PIECES), 300)}|b|\n`, size)}`,
  // Lines and runs.
  (random, size) =>
    filled(
      pick(random, ['a', ' ', '\n', '\t', 'a ', '-', '=', '`', '~', '#', '\\', 'é', '漢', '😀', 'W']),
      size
    ),
  (random, size) =>
    `${'`'.repeat(upTo(random, 9))}${pick(random, LANGUAGES)}\n${filled(pick(random, CODE) + pick(random, CODE), size)}`,
  (random, size) => {
    const code = filled(`${filled(pick(random, CODE), 60)}\n`, size);
    return `\`\`\`${pick(random, LANGUAGES)}\n${code}\n\`\`\``;
  },
  // What is not seen, or turns what is seen around.
  (random, size) =>
    filled(Array.from({ length: 40 }, () => pick(random, CONTROLS) + pick(random, PIECES)).join(''), size),
  (random, size) => filled(pick(random, CONTROLS), size),
  (random, size) =>
    `[${pick(random, CONTROLS)}https://bank.example](https://evil.example/${filled(pick(random, CONTROLS), size)})`,
  (random, size) => `a${filled(pick(random, ['\u0300', '\u0336', '\u20dd']), size)}`
];

/** The text of this number. */
export function hostile(number: number): string {
  const random = seeded(number);
  const kind = KINDS[number % KINDS.length]!;
  const text = kind(random, pick(random, SIZES));
  const around = random();
  if (around < 0.6) return text;
  return `Here is *what* you asked for:\n\n${text}\n\nIs there anything **else**?`;
}
