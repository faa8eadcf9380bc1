import { scaleBand, scaleLinear } from 'd3-scale';
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

/** The scales of a chart: a band for each day, and 0 up to the largest value. */
export function scales(days: UsageDay[], largest: number, { width, height }: Size) {
  const x = scaleBand<string>()
    .domain(days.map((d) => d.date))
    .range([MARGIN.left, width - MARGIN.right])
    .paddingInner(0.25);
  const y = scaleLinear()
    .domain([0, largest || 1])
    .nice(4)
    .range([height - MARGIN.bottom, MARGIN.top]);
  return { x, y };
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
export function bars(
  days: UsageDay[],
  series: Series[],
  size: Size
): { bars: Bar[]; y: ReturnType<typeof scales>['y'] } {
  const layers = stack<UsageDay, Series>()
    .keys(series)
    .value((day, one) => one.of(day) ?? 0)(days);
  const largest = Math.max(0, ...layers.flat().map((segment) => segment[1]));
  const { x, y } = scales(days, largest, size);
  const drawn = layers.flatMap((layer) =>
    layer
      .filter((segment) => segment[1] > segment[0])
      .map((segment) => ({
        date: segment.data.date,
        kind: layer.key.kind,
        x: x(segment.data.date) ?? 0,
        y: y(segment[1]),
        width: x.bandwidth(),
        height: y(segment[0]) - y(segment[1])
      }))
  );
  return { bars: drawn, y };
}

export interface Line {
  kind: Series['kind'];
  /** An SVG path through the days that were measured. */
  path: string;
  points: { date: string; x: number; y: number; value: number }[];
}

export function lines(
  days: UsageDay[],
  series: Series[],
  size: Size
): { lines: Line[]; y: ReturnType<typeof scales>['y'] } {
  const values = days.flatMap((day) => series.map((one) => one.of(day) ?? 0));
  const { x, y } = scales(days, Math.max(0, ...values), size);
  const centre = (day: UsageDay): number => (x(day.date) ?? 0) + x.bandwidth() / 2;
  const drawn = series.map((one) => {
    const measured = days.filter((day) => one.of(day) !== null);
    const draw = line<UsageDay>()
      .x(centre)
      .y((day) => y(one.of(day) ?? 0));
    return {
      kind: one.kind,
      path: draw(measured) ?? '',
      points: measured.map((day) => ({
        date: day.date,
        x: centre(day),
        y: y(one.of(day)!),
        value: one.of(day)!
      }))
    };
  });
  return { lines: drawn, y };
}

/** At most `most` dates, evenly spread and ending today, to write under the axis. */
export function labelled(days: UsageDay[], most: number): string[] {
  const step = Math.max(1, Math.ceil(days.length / most));
  return days.filter((_, i) => (days.length - 1 - i) % step === 0).map((d) => d.date);
}

/** Smallest and largest value of all series; null when none was measured. */
export function extent(days: UsageDay[], series: Series[], stacked: boolean): [number, number] | null {
  const values = stacked
    ? days.map((day) => series.reduce((sum, one) => sum + (one.of(day) ?? 0), 0))
    : days.flatMap((day) => series.map((one) => one.of(day))).filter((v) => v !== null);
  return values.length === 0 ? null : [Math.min(...values), Math.max(...values)];
}
