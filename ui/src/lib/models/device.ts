import type { Device, DeviceChoice, EngineView, GpuOff, NoGpu } from '$lib/backend/api';
import { t } from '$lib/i18n/i18n.svelte';

/** What computed an answer: `NVIDIA H200`, `processor`, or why it was the processor. */
export function deviceInWords(device: Device): string {
  if (device.gpu !== null) return device.gpu;
  return device.gpu_off ? t().device.instead(t().device.off[device.gpu_off.why]) : t().device.processor;
}

/** What the driver said, where it said something. */
export const driverSaid = (off: GpuOff | null): string | undefined =>
  off?.detail ? t().device.said(off.detail) : undefined;

/** A choice as the value of a form's field. */
export const keyOf = (choice: DeviceChoice): string =>
  choice.kind === 'gpu' ? `gpu:${choice.index}` : choice.kind;

export function choiceOf(key: string): DeviceChoice {
  if (key.startsWith('gpu:')) return { kind: 'gpu', index: Number(key.slice(4)) };
  return key === 'processor' ? { kind: 'processor' } : { kind: 'automatic' };
}

/** Everything that can be chosen, and what is chosen though it is not there. */
export function choices(now: DeviceChoice, engine: EngineView | null): { value: string; text: string }[] {
  const name = (index: number): string =>
    engine?.gpus.find((gpu) => gpu.index === index)?.name ?? t().device.numbered(index);
  const there = (engine?.gpus ?? []).map((gpu) => gpu.index);
  const indices = now.kind === 'gpu' && !there.includes(now.index) ? [...there, now.index] : there;
  return [
    { value: 'automatic', text: t().device.automatic },
    { value: 'processor', text: t().device.processorOnly },
    ...indices.map((index) => ({ value: `gpu:${index}`, text: name(index) }))
  ];
}

/** The graphics cards of this machine, and whether any of them is of use here. */
export function gpusInWords(found: string[], engine: EngineView | null): string {
  if (engine && engine.gpus.length > 0) {
    return engine.gpus.map((gpu) => gpu.name ?? t().device.numbered(gpu.index)).join(', ');
  }
  if (found.length === 0) return t().welcome.noGpu;
  const names = found.join(', ');
  return engine?.no_gpu ? t().device.unused(names, unusedBecause(engine.no_gpu)) : names;
}

/** A driver that finds no GPU of its own kind says nothing about other kinds. */
const unusedBecause = (why: NoGpu): string => t().device.off[why === 'not_found' ? 'not_built' : why];
