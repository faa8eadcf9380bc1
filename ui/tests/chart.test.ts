import { describe, expect, it } from 'vitest';
import type { UsageDay } from '$lib/backend/api';
import { axis, bands, bars, labelled, lines, MARGIN, type Series } from '$lib/usage/chart';

const size = { width: 400, height: 200 };

describe('the charts of the usage page', () => {
  it('count answers in whole steps and reach above the highest', () => {
    expect(axis(1, true, size).ticks).toEqual([0, 1]);
    expect(axis(3, true, size).ticks).toEqual([0, 1, 2, 3]);
    expect(axis(0, true, size).ticks).toEqual([0, 1]);
    expect(axis(1234, true, size).ticks).toEqual([0, 500, 1000, 1500]);
    expect(axis(0.9, false, size).ticks).toHaveLength(3);
  });

  it('put 0 at the bottom and the last tick at the top', () => {
    const { ticks, y } = axis(24, true, size);
    expect(y(0)).toBe(size.height - MARGIN.bottom);
    expect(y(ticks.at(-1)!)).toBe(MARGIN.top);
  });

  it('end the last day at the right edge, and name today', () => {
    const band = bands(30, size);
    expect(band.start(29) + band.width).toBeCloseTo(size.width - MARGIN.right);
    expect(labelled(30, 4).at(-1)).toBe(29);
    expect(labelled(30, 4).length).toBeLessThanOrEqual(4);
  });

  it('leave out what was not measured instead of drawing 0', () => {
    const day = (date: string, ttft: number | null, answers: number): UsageDay =>
      ({ date, ttft_ms_p50: ttft, answers_this_device: answers }) as UsageDay;
    const days = [day('2026-11-01', 90, 2), day('2026-11-02', null, 0), day('2026-11-03', 70, 1)];
    const ttft: Series = { kind: 'first', name: 'TTFT', of: (d) => d.ttft_ms_p50 };
    expect(lines(days, [ttft], size).lines[0]!.points.map((p) => p.value)).toEqual([90, 70]);
    const answers: Series = { kind: 'this_device', name: 'Here', of: (d) => d.answers_this_device };
    expect(bars(days, [answers], size).bars.map((b) => b.date)).toEqual(['2026-11-01', '2026-11-03']);
  });
});
