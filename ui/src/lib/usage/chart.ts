import { line, stack } from 'd3-shape';
import type { UsageDay } from '$lib/backend/api';

/** One quantity of each day. */
export interface Series {
  /** Names the colour; one of the classes of `Chart.svelte`. */
  kind: 'this_device' | 'own_server' | 'cloud' | 'first' | 'second';
  name: string;
  /** Null where it was not measured. */
  of: (day: UsageDay) => number | null;
}

export interface Size {
  width: number;
  height: number;
}

export const MARGIN = { top: 8, right: 4, bottom: 22, left: 48 };

/** Where a day's band begins and how wide each is, in px, with a quarter of each step between them. */
export interface Bands {
  start: (day: number) => number;
  centre: (day: number) => number;
  width: number;
}

export function bands(days: number, { width }: Size): Bands {
  const step = (width - MARGIN.left - MARGIN.right) / Math.max(1, days - 0.25);
  const start = (day: number): number => MARGIN.left + day * step;
  return { start, centre: (day) => start(day) + (step * 0.75) / 2, width: step * 0.75 };
}

/** A vertical axis from 0. */
export interface Axis {
  /** Round values, the last at or above everything that is drawn. */
  ticks: number[];
  /** From a value to px from the top. */
  y: (value: number) => number;
}

/** Steps of 1, 2 or 5 times a power of ten, about four of them; `whole` values have no finer step than 1. */
export function axis(largest: number, whole: boolean, { height }: Size): Axis {
  const rough = (largest || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(whole ? 1 : 0, power * [1, 2, 5, 10].find((factor) => factor * power >= rough)!);
  const steps = Math.max(1, Math.ceil(largest / step));
  const bottom = height - MARGIN.bottom;
  return {
    ticks: Array.from({ length: steps + 1 }, (_, i) => i * step),
    y: (value) => bottom - (value / (steps * step)) * (bottom - MARGIN.top)
  };
}

export interface Bar {
  date: string;
  kind: Series['kind'];
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Stacked bars, the first series at the bottom. */
export function bars(days: UsageDay[], series: Series[], size: Size): { bars: Bar[]; axis: Axis } {
  const layers = stack<UsageDay, Series>()
    .keys(series)
    .value((day, one) => one.of(day) ?? 0)(days);
  const largest = Math.max(0, ...layers.flat().map((segment) => segment[1]));
  const scale = axis(largest, true, size);
  const band = bands(days.length, size);
  const drawn = layers.flatMap((layer) =>
    layer.map((segment, day) => ({
      date: segment.data.date,
      kind: layer.key.kind,
      x: band.start(day),
      y: scale.y(segment[1]),
      width: band.width,
      height: scale.y(segment[0]) - scale.y(segment[1])
    }))
  );
  return { bars: drawn.filter((bar) => bar.height > 0), axis: scale };
}

export interface Line {
  kind: Series['kind'];
  /** An SVG path through the days that were measured. */
  path: string;
  points: { date: string; x: number; y: number; value: number }[];
}

export function lines(days: UsageDay[], series: Series[], size: Size): { lines: Line[]; axis: Axis } {
  const largest = Math.max(0, ...days.flatMap((day) => series.map((one) => one.of(day) ?? 0)));
  const scale = axis(largest, false, size);
  const band = bands(days.length, size);
  const draw = line<Line['points'][number]>()
    .x((point) => point.x)
    .y((point) => point.y);
  const drawn = series.map((one) => {
    const points = days.flatMap((day, i) => {
      const value = one.of(day);
      return value === null ? [] : [{ date: day.date, x: band.centre(i), y: scale.y(value), value }];
    });
    return { kind: one.kind, path: draw(points) ?? '', points };
  });
  return { lines: drawn, axis: scale };
}

/** At most `most` days, evenly spread and ending today, to write under the axis. */
export function labelled(days: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(days / most));
  return Array.from({ length: days }, (_, i) => i).filter((i) => (days - 1 - i) % step === 0);
}

/** Smallest and largest value of all series; null when none was measured. */
export function extent(days: UsageDay[], series: Series[], stacked: boolean): [number, number] | null {
  const values = stacked
    ? days.map((day) => series.reduce((sum, one) => sum + (one.of(day) ?? 0), 0))
    : days.flatMap((day) => series.map((one) => one.of(day))).filter((v) => v !== null);
  return values.length === 0 ? null : [Math.min(...values), Math.max(...values)];
}
