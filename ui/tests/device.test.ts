import { screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { Gpu } from '$lib/backend/api';
import { FakeBackend } from '$lib/backend/fake';
import { choiceOf, keyOf } from '$lib/models/device';
import { ask, inside, lastAnswer, openWindow } from './window';

const gpu: Gpu = { index: 1, name: 'NVIDIA H200', memory_bytes: 143e9, free_bytes: 140e9 };

const withGpu = (): FakeBackend => {
  const fake = new FakeBackend();
  fake.engine = { second: { state: 'ready' }, built_for: 'cuda', gpus: [gpu], no_gpu: null };
  return fake;
};

describe('what computes', () => {
  it('stands under each answer, with the reason when it was not the GPU', async () => {
    const opened = await openWindow();
    const { fake } = opened;
    fake.willAnswer({ pieces: ['Yes.'], answer: { device: { gpu: 'NVIDIA H200', gpu_off: null } } });
    await ask(opened, 'One');
    expect(inside(await lastAnswer(), 'footer-device')).toHaveTextContent('NVIDIA H200');
    const off = { why: 'failed' as const, detail: 'CUDA_ERROR_NO_DEVICE' };
    fake.willAnswer({ pieces: ['Yes.'], answer: { device: { gpu: null, gpu_off: off } } });
    await ask(opened, 'Two');
    await waitFor(() => expect(screen.getAllByTestId('footer-device')).toHaveLength(2));
    const device = inside(await lastAnswer(), 'footer-device');
    expect(device).toHaveTextContent('processor (no GPU: it or its driver failed)');
    expect(device).toHaveAttribute('title', expect.stringContaining('CUDA_ERROR_NO_DEVICE'));
  });

  it('can be chosen in the settings', async () => {
    const { user, fake } = await openWindow(withGpu());
    await user.click(screen.getByTestId('nav-settings'));
    const field = await screen.findByTestId('settings-device');
    await waitFor(() => expect(field).toHaveTextContent('NVIDIA H200'));
    await user.selectOptions(field, 'gpu:1');
    await waitFor(() => expect(fake.snapshot.settings.device).toEqual({ kind: 'gpu', index: 1 }));
    await user.selectOptions(field, 'processor');
    await waitFor(() => expect(fake.snapshot.settings.device).toEqual({ kind: 'processor' }));
  });

  it('keeps a choice that is not there to be seen', async () => {
    const fake = new FakeBackend();
    fake.snapshot.settings.device = { kind: 'gpu', index: 3 };
    const { user } = await openWindow(fake);
    await user.click(screen.getByTestId('nav-settings'));
    const field = await screen.findByTestId('settings-device');
    expect(field).toHaveValue('gpu:3');
    expect(await screen.findByText(/built for the processor only/)).toBeInTheDocument();
  });

  it('reads back every choice that it writes', () => {
    for (const choice of [
      { kind: 'automatic' as const },
      { kind: 'processor' as const },
      { kind: 'gpu' as const, index: 12 }
    ])
      expect(choiceOf(keyOf(choice))).toEqual(choice);
  });

  it('is promised on no card that is not used', async () => {
    const fake = new FakeBackend();
    fake.snapshot.hardware.gpus = ['AMD graphics (amdgpu)'];
    await openWindow(fake);
    const machine = await screen.findByTestId('machine');
    await waitFor(() => expect(machine).toHaveTextContent('AMD graphics (amdgpu), not used:'));
  });

  it('shows the memory of a GPU beside that of the machine', async () => {
    const { user } = await openWindow(withGpu());
    await user.click(screen.getByTestId('nav-models'));
    expect(await screen.findByTestId('gpu')).toHaveTextContent('NVIDIA H200: 140 GB of 143 GB free');
  });
});

describe('the second engine', () => {
  it('says on the Models page how far its build is, and goes when it is there', async () => {
    const fake = new FakeBackend();
    const building = (done: number, total: number): void => {
      fake.engine = {
        second: { state: 'building', done, total },
        built_for: null,
        gpus: [],
        no_gpu: 'no_engine'
      };
    };
    building(0, 0);
    const { user, app } = await openWindow(fake);
    await user.click(screen.getByTestId('nav-models'));
    expect(await screen.findByTestId('second-engine')).toHaveTextContent('is being built.');
    building(312, 480);
    await app.refreshEngine();
    await waitFor(() => expect(screen.getByTestId('second-engine')).toHaveTextContent('312 of about 480'));
    expect(screen.getByRole('progressbar', { name: /mistral\.rs/ })).toHaveAttribute('value', '312');
    fake.engine = new FakeBackend().engine;
    await app.refreshEngine();
    await waitFor(() => expect(screen.queryByTestId('second-engine')).toBeNull());
  });

  it('is said to be missing, and how to get it', async () => {
    const fake = new FakeBackend();
    fake.engine = { second: { state: 'missing' }, built_for: null, gpus: [], no_gpu: 'no_engine' };
    const { user } = await openWindow(fake);
    await user.click(screen.getByTestId('nav-models'));
    expect(await screen.findByTestId('second-engine')).toHaveTextContent('cargo xtask run');
  });
});
