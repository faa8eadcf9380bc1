import type { AnswerView, ConversationView } from '../api';
import { hostile } from './hostile';
import { processor, tokensOf } from './seed';

interface Seed {
  conversation: ConversationView;
  turns: { text: string; thought?: string; answer?: AnswerView }[];
}

const HOUR = 3_600_000;

const answered = (text: string, change: Partial<AnswerView> = {}): Seed['turns'][number] => ({
  text,
  answer: {
    finish: 'stop',
    place: 'this_device',
    model: 'Qwen3 4B Instruct 2507',
    backend: 'cpu',
    device: processor,
    reasons: ['mode_local_only'],
    usage: {
      prompt_tokens: 412,
      completion_tokens: Math.round(text.length / 4),
      thought_tokens: 0,
      reused_tokens: 318
    },
    timing: { load_ms: null, ttft_ms: 184.2, prefill_tok_s: 612, decode_tok_s: 38.4, thought_ms: null },
    confidence: { mean_logprob: -0.21, p10_logprob: -1.3, mean_entropy: 0.5 },
    speculation: {
      draft: 'Qwen3 0.6B',
      drafted: 212,
      accepted: 164,
      mean_accepted: 2.9,
      speedup_estimate: 1.62,
      off_reason: null
    },
    cost_nano_usd: 0,
    bytes_sent: 0,
    error: null,
    tokens: tokensOf(text, 0),
    ...change
  }
});

const conversation = (id: string, title: string, hoursAgo: number, change = {}): ConversationView => ({
  id,
  title,
  system_prompt: '',
  foreign_prompt: false,
  created_ms: Date.now() - hoursAgo * HOUR,
  updated_ms: Date.now() - hoursAgo * HOUR,
  pinned_local: false,
  label: 'public',
  trashed_ms: null,
  snippet: null,
  ...change
});

const RICH = `A window function computes a value for each row from the rows around it, without collapsing them.

### The running total

\`\`\`sql
SELECT day,
       amount,
       SUM(amount) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running_total_of_everything_so_far
FROM   payments; -- one row in, one row out
\`\`\`

| Clause | What it does | Cost |
|:--|:--|--:|
| \`PARTITION BY\` | starts afresh for each group | 1 sort |
| \`ORDER BY\` | gives the rows an order | 1 sort |
| \`ROWS BETWEEN\` | bounds the frame | 0 |

In symbols, the running total at day $t$ is $S_t = \\sum_{i=1}^{t} a_i$, so the mean is

$$\\bar a_t = \\frac{1}{t} \\sum_{i=1}^{t} a_i$$

1. **Use it** for rankings, moving averages and gaps.
2. Avoid it where a plain \`GROUP BY\` says the same.
   - fewer sorts
   - easier to read

> The manual has a chapter: [Window functions](https://www.postgresql.org/docs/current/tutorial-window.html). It costs $5 to $10 in coffee.`;

const PYTHON = `Here is the whole function, with the check first:

\`\`\`python
from collections.abc import Iterator

def chunks(items: list[int], size: int) -> Iterator[list[int]]:
    """Yield runs of \`size\` items; the last one may be shorter."""
    if size < 1:
        raise ValueError(f"size must be at least 1, not {size}")
    for start in range(0, len(items), size):
        yield items[start : start + size]
\`\`\`

It reads \`items\` once and copies each run once.`;

const THOUGHT = `Compare 9.11 and 9.9.

The whole parts are equal, so the decimals decide: \`0.11\` against \`0.9\`.

1. Padded to the same length, $0.9 = 0.90$.
2. $0.90 > 0.11$, so 9.9 is larger.

Wait, as *versions* 9.11 would come after 9.9. The user says numbers, so it is the first reading.`;

/** Thousands of words of all kinds, in pieces of one word. */
export const longAnswer = (): string[] => `${RICH}\n\n${PYTHON}\n\n`.repeat(20).match(/\S+\s*/g) ?? [];

/** Chats whose answers are the hostile texts from this number on. */
export const hostileChats = (first: number, count: number): Seed[] =>
  Array.from({ length: count }, (_, i) => ({
    conversation: conversation(`hostile-${first + i}`, `Hostile text ${first + i}`, 1),
    turns: [{ text: `Text ${first + i}, please.` }, answered(hostile(first + i), { tokens: [] })]
  }));

/** What is said to “7 from 300”: the seventh hostile text, its first 300 characters at once. */
export function hostileAnswer(question: string): string[] {
  const [, number, begun] = /(\d+) from (\d+)/.exec(question) ?? [];
  const text = hostile(Number(number));
  const rest = text.slice(Number(begun));
  return [text.slice(0, Number(begun)), ...(rest.match(/[\s\S]{1,4}/g) ?? [])];
}

export function conversations(extraMessages: number): Seed[] {
  const sql = conversation('seed-sql', 'Window functions in SQL, explained', 0.4);
  const chunks = conversation('seed-chunks', 'Split a list into chunks', 3);
  const letter = conversation('seed-letter', 'Letter to the landlord about the heating', 27, {
    pinned_local: true
  });
  const stopped = conversation('seed-stopped', 'Names for a sourdough starter', 30);
  const seeds: Seed[] = [
    {
      conversation: sql,
      turns: [
        {
          text: 'Explain SQL window functions to someone who knows GROUP BY. Show a running total, a small table and the formula.'
        },
        answered(RICH),
        { text: 'Short: when would I not use one?' },
        answered('When each group needs only one row. `GROUP BY` says that directly and sorts less.', {
          speculation: {
            draft: null,
            drafted: 0,
            accepted: 0,
            mean_accepted: null,
            speedup_estimate: 0.97,
            off_reason: 'not_faster'
          }
        })
      ]
    },
    {
      conversation: chunks,
      turns: [{ text: 'Python: split a list into chunks of n, typed.' }, answered(PYTHON)]
    },
    {
      conversation: letter,
      turns: [
        { text: 'Help me write to my landlord. The heating has been cold for six days.' },
        answered(
          'Dear Ms Albrecht,\n\nthe heating in my flat has not worked since **Monday, 3 November**. I reported it by phone on the same day.\n\nPlease have it repaired within three days. Until then I reserve the right to reduce the rent.\n\nKind regards',
          {
            reasons: ['pinned_local', 'mode_local_only'],
            speculation: null,
            confidence: null,
            timing: null,
            usage: null,
            cost_nano_usd: null,
            backend: null,
            device: null
          }
        )
      ]
    },
    {
      conversation: conversation('seed-thought', 'Which number is larger?', 28),
      turns: [
        { text: 'Which number is larger, 9.11 or 9.9?' },
        {
          ...answered('**9.9** is larger: 9.90 is more than 9.11.', {
            usage: { prompt_tokens: 412, completion_tokens: 352, thought_tokens: 340, reused_tokens: 318 },
            timing: {
              load_ms: null,
              ttft_ms: 184.2,
              prefill_tok_s: 612,
              decode_tok_s: 38.4,
              thought_ms: 12_140
            }
          }),
          thought: THOUGHT
        },
        { text: 'And as versions?' },
        {
          ...answered('', {
            usage: { prompt_tokens: 480, completion_tokens: 20, thought_tokens: 20, reused_tokens: 440 },
            timing: { load_ms: null, ttft_ms: 96.1, prefill_tok_s: 612, decode_tok_s: 38.4, thought_ms: 520 },
            confidence: null,
            speculation: null
          }),
          thought: 'As versions, the parts count one by one, so'
        }
      ]
    },
    {
      conversation: stopped,
      turns: [
        { text: 'Twenty names for a sourdough starter, please.' },
        answered('1. Clint Yeastwood\n2. Bread Pitt\n3. Doughlene\n4. Vincent van', { finish: 'cancelled' })
      ]
    },
    {
      conversation: conversation('seed-failed', 'Summarise the minutes', 100),
      turns: [
        { text: 'Summarise these minutes in three points.' },
        answered('- The roof is to be repaired in spring.\n- ', {
          finish: 'failed',
          error: 'The engine stopped while it was answering. What it had written is kept.',
          timing: { load_ms: null, ttft_ms: 201, prefill_tok_s: 540, decode_tok_s: null, thought_ms: null }
        })
      ]
    },
    ...[
      'Capital of Portugal',
      'Words for calm',
      'A very long title of a chat that someone wrote in one breath and never shortened afterwards',
      'Plan a week of dinners',
      'Bash: find large files',
      'Explain the Monty Hall problem'
    ].map((title, i) => ({
      conversation: conversation(`seed-${i}`, title, 60 + i * 130),
      turns: [{ text: title }, answered('Of course.')]
    })),
    {
      conversation: conversation('seed-trash', 'Old shopping list', 500, {
        trashed_ms: Date.now() - 9 * 24 * HOUR
      }),
      turns: [{ text: 'Milk' }]
    }
  ];
  if (extraMessages > 0) {
    const turns = Array.from({ length: extraMessages / 2 }, (_, i) => [
      { text: `Question ${i + 1}: and then?` },
      answered(
        i % 9 === 0
          ? PYTHON
          : `Answer ${i + 1}. ${'It goes on for a while, as long chats do. '.repeat(1 + (i % 7))}`
      )
    ]).flat();
    seeds.unshift({ conversation: conversation('seed-long', 'A very long chat', 0.1), turns });
  }
  return seeds;
}
