import { describe, expect, it } from 'vitest';
import { bytes, duration, figure, money, parameters, percent } from '$lib/i18n/format';
import { de } from '$lib/i18n/de';
import { en } from '$lib/i18n/en';
import { groupByDate } from '$lib/state/groups';

const shape = (value: unknown): unknown =>
  value && typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
    : typeof value;

describe('words', () => {
  it('both languages say everything', () => {
    expect(shape(de)).toEqual(shape(en));
  });

  it('figures are short and never round something down to nothing', () => {
    expect(bytes(0)).toBe('0 B');
    expect(bytes(999)).toBe('999 B');
    expect(bytes(3_310_000_000)).toBe('3.3 GB');
    expect(duration(92.4)).toBe('92 ms');
    expect(duration(1.54)).toBe('1.5 ms');
    expect(duration(1234)).toBe('1.23 s');
    expect(figure(142.3)).toBe('142');
    expect(figure(38.44)).toBe('38.4');
    expect(money(0)).toBe('$0');
    expect(money(1_200)).toBe('$0.0000012');
    expect(money(12_340_000_000)).toBe('$12.34');
    expect(parameters(4_020_000_000)).toBe('4.02 B');
    for (const unknown of [bytes(null), duration(null), figure(null), money(null), percent(null)])
      expect(unknown).toBe('—');
  });

  it('chats stand under the day they were last used', () => {
    const now = new Date(2026, 10, 21, 9, 0);
    const chat = (id: string, date: Date) => ({ id, updated_ms: date.getTime() }) as never;
    const groups = groupByDate(
      [
        chat('early', new Date(2026, 10, 21, 0, 1)),
        chat('late', new Date(2026, 10, 20, 23, 59)),
        chat('old', new Date(2026, 7, 3)),
        chat('now', now)
      ],
      now,
      en.chats,
      () => 'August 2026'
    );
    expect(groups.map((g) => [g.label, g.chats.map((c) => c.id)])).toEqual([
      ['Today', ['now', 'early']],
      ['Yesterday', ['late']],
      ['August 2026', ['old']]
    ]);
  });
});
