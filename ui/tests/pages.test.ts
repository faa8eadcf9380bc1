import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { FakeBackend } from '$lib/backend/fake';
import { models, usage } from '$lib/backend/fake/seed';
import { ask, inside, lastAnswer, openWindow } from './window';

const rowOf = (id: string): HTMLElement =>
  screen.getAllByTestId('model-row').find((row) => row.dataset.model === id)!;

describe('the list of chats', () => {
  it('trashes with an undo, restores, and deletes for good only after a question', async () => {
    const opened = await openWindow();
    const { user, fake } = opened;
    await ask(opened, 'Shopping list');
    await lastAnswer();
    await user.click(screen.getByTestId('chat-menu'));
    await user.click(await screen.findByTestId('chat-trash'));
    await waitFor(() => expect(screen.queryByTestId('chat-item')).toBeNull());
    await user.click(screen.getByTestId('undo'));
    expect(await screen.findByTestId('chat-title')).toHaveTextContent('Shopping list');

    await user.click(screen.getByTestId('chat-menu'));
    await user.click(await screen.findByTestId('chat-trash'));
    await user.click(screen.getByTestId('trash-toggle'));
    await user.click(await screen.findByTestId('chat-delete'));
    expect(fake.calls.some((c) => c.command === 'conversationDelete')).toBe(false);
    await user.click(await screen.findByTestId('delete-confirm-open'));
    await waitFor(() => expect(screen.queryByTestId('chat-item')).toBeNull());
    expect(fake.calls.some((c) => c.command === 'conversationDelete')).toBe(true);
  });

  it('renames in place', async () => {
    const opened = await openWindow();
    const { user } = opened;
    await ask(opened, 'Hi');
    await lastAnswer();
    await user.click(screen.getByTestId('chat-menu'));
    await user.click(await screen.findByTestId('chat-rename'));
    const input = await screen.findByTestId('chat-rename-input');
    await user.clear(input);
    await user.type(input, 'Greetings{Enter}');
    await waitFor(() => expect(screen.getByTestId('chat-title')).toHaveTextContent('Greetings'));
  });

  it('searches, marks the match, and goes back', async () => {
    const { user } = await openWindow(FakeBackend.seeded());
    await user.type(screen.getByTestId('search'), 'landlord');
    await waitFor(() => expect(screen.getAllByTestId('chat-item')).toHaveLength(1));
    expect(document.querySelector('mark')).toHaveTextContent('landlord');
    await user.keyboard('{Escape}');
    expect(screen.getAllByTestId('chat-item').length).toBeGreaterThan(5);
  });
});

describe('models', () => {
  const troubled = (): FakeBackend => {
    const fake = new FakeBackend();
    fake.snapshot.models = models(true);
    return fake;
  };

  it('shows each with its figures, and unknown ones as unknown', async () => {
    const { user } = await openWindow(troubled());
    await user.click(screen.getByTestId('nav-models'));
    expect(rowOf('starter')).toHaveTextContent('6.9 MB');
    expect(rowOf('starter')).toHaveTextContent('loaded, 38.5 MB');
    const broken = rowOf('/home/ada/Downloads/mystery.gguf');
    expect(broken).toHaveTextContent('ends in the middle of tensor');
    expect(broken).toHaveTextContent('unknown');
    expect(within(broken).queryByTestId('model-use')).toBeNull();
  });

  it('says how much memory is free now', async () => {
    const fake = troubled();
    const { user } = await openWindow(fake);
    fake.snapshot.hardware = { ...fake.snapshot.hardware, memory_available_bytes: 1_234_000_000 };
    await user.click(screen.getByTestId('nav-models'));
    expect(await screen.findByText(/1\.2 GB of .* free/)).toBeInTheDocument();
  });

  it('explains a quarantine and lifts it on request', async () => {
    const { user, fake } = await openWindow(troubled());
    await user.click(screen.getByTestId('nav-models'));
    const row = rowOf(fake.snapshot.models[1]!.id);
    expect(row).toHaveTextContent('killed twice');
    await user.click(inside(row, 'model-retry'));
    await waitFor(() => expect(row).toHaveTextContent('not loaded'));
  });

  it('measures what a draft gains, and says so when it gains nothing', async () => {
    const { user, fake } = await openWindow();
    await user.click(screen.getByTestId('nav-models'));
    const row = rowOf('starter');
    expect(row).toHaveTextContent('Starter draft, and repetitions of the text. Not measured');
    await user.click(inside(row, 'draft-measure'));
    await waitFor(() => expect(row).toHaveTextContent('1.55× as fast, 33.2 instead of 21.4 tok/s'));
    expect(row).toHaveTextContent('164 of 210 proposals were right. Memory in all: 3.6 GB.');

    const [starter] = fake.snapshot.models;
    const measured = { ...starter!.draft.measured!, helps: false };
    measured.gain = { ...measured.gain, speedup: 0.99 };
    fake.emit({ event: 'models', models: [{ ...starter!, draft: { ...starter!.draft, measured } }] });
    await waitFor(() => expect(row).toHaveTextContent('It does not help here: 0.99×'));
  });

  it('keeps a choice of draft for each model, and says why there is none', async () => {
    const { user, fake } = await openWindow(troubled());
    await user.click(screen.getByTestId('nav-models'));
    await user.selectOptions(inside(rowOf('starter'), 'draft-choice'), 'off');
    expect(fake.snapshot.settings.drafts).toEqual({ starter: { kind: 'off' } });
    await waitFor(() =>
      expect(inside(rowOf('starter'), 'draft-said')).toHaveTextContent('you turned it off')
    );
    expect(within(rowOf('starter')).queryByTestId('draft-measure')).toBeNull();
  });

  it('adds a file that came by a drop or another start, and answers with it only after a question', async () => {
    const { fake, user } = await openWindow();
    fake.emit({ event: 'open', path: '/x/new.gguf' });
    expect(await screen.findByTestId('model-confirm')).toHaveTextContent('Answer with new from now on?');
    expect(screen.getByTestId('model-confirm')).toHaveTextContent('/x/new.gguf');
    expect(screen.getByTestId('page-models')).toBeInTheDocument();
    await user.click(screen.getByTestId('model-confirm-cancel'));
    expect(rowOf('/x/new.gguf')).toBeInTheDocument();
    expect(fake.calls.some(({ command }) => command === 'modelUse')).toBe(false);
    expect(screen.getByTestId('model-picker')).toHaveTextContent('Hearth Starter');

    fake.emit({ event: 'open', path: '/x/new.gguf' });
    await user.click(await screen.findByTestId('model-confirm-open'));
    await waitFor(() => expect(screen.getByTestId('model-picker')).toHaveTextContent('new'));
  });

  it('removes one only after a question', async () => {
    const { user, fake } = await openWindow(troubled());
    await user.click(screen.getByTestId('nav-models'));
    await user.click(inside(rowOf('/home/ada/Downloads/mystery.gguf'), 'model-remove'));
    await user.click(await screen.findByTestId('remove-confirm-cancel'));
    expect(fake.calls.some((c) => c.command === 'modelRemove')).toBe(false);
  });
});

describe('usage', () => {
  it('says honestly when there is nothing', async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId('nav-usage'));
    expect(await screen.findByTestId('usage-empty')).toHaveTextContent('Nothing to show yet');
    expect(screen.queryByTestId('usage-chart')).toBeNull();
  });

  it('draws charts that have a sentence each, and the same figures as a table', async () => {
    const fake = new FakeBackend();
    fake.usage = usage(30);
    const { user } = await openWindow(fake);
    await user.click(screen.getByTestId('nav-usage'));
    const charts = await screen.findAllByTestId('usage-chart');
    expect(charts).toHaveLength(5);
    for (const chart of charts) expect(chart.getAttribute('aria-label')).toMatch(/over 30 days, from/);
    await user.click(screen.getByTestId('usage-view'));
    const days = fake.usage.filter((d) => d.answers_this_device > 0).length;
    expect(within(screen.getByTestId('usage-table')).getAllByRole('row')).toHaveLength(days + 1);
  });
});

describe('privacy', () => {
  it('says that no connection was made, and lists those that were', async () => {
    const { user, fake } = await openWindow();
    await user.click(screen.getByTestId('nav-privacy'));
    expect(await screen.findByTestId('connections-empty')).toHaveTextContent(
      'Hearth has made no connection.'
    );
    fake.connections = [
      { at_ms: 0, host: 'example.org', purpose: 'a model', bytes_sent: 312, bytes_received: 9e6 }
    ];
    await user.click(screen.getByTestId('nav-usage'));
    await user.click(screen.getByTestId('nav-privacy'));
    expect(await screen.findByTestId('connections')).toHaveTextContent('example.org');
  });

  it('shows the protections as they were measured', async () => {
    const { user, fake } = await openWindow();
    await user.click(screen.getByTestId('nav-privacy'));
    fake.emit({
      event: 'sandbox',
      level: 'partial',
      layers: [
        { name: 'network', in_force: true, detail: 'by seccomp' },
        { name: 'reading files', in_force: false, detail: 'this kernel has no Landlock' }
      ]
    });
    await waitFor(() => expect(screen.getByTestId('sandbox-level').dataset.level).toBe('partial'));
    const [network, files] = screen.getAllByTestId('sandbox-layer');
    expect(network!.dataset.inForce).toBe('true');
    expect(files).toHaveTextContent('not in force');
    expect(files).toHaveTextContent('this kernel has no Landlock');
  });
});

describe('settings', () => {
  it('theme and language take effect at once', async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId('nav-settings'));
    await user.selectOptions(screen.getByTestId('settings-theme'), 'dark');
    await waitFor(() => expect(document.documentElement.dataset.theme).toBe('dark'));
    await user.selectOptions(screen.getByTestId('settings-language'), 'de');
    expect(await screen.findByRole('heading', { name: 'Einstellungen' })).toBeInTheDocument();
    expect(document.documentElement.lang).toBe('de');
    await user.selectOptions(screen.getByTestId('settings-language'), 'en');
  });

  it('an empty number is “automatic”, and one out of range is refused', async () => {
    const { user, fake } = await openWindow();
    await user.click(screen.getByTestId('nav-settings'));
    const threads = screen.getByTestId('settings-threads');
    await user.type(threads, '4');
    await user.tab();
    await waitFor(() => expect(fake.snapshot.settings.threads).toBe(4));
    await user.clear(threads);
    await user.tab();
    await waitFor(() => expect(fake.snapshot.settings.threads).toBeNull());
    const temperature = screen.getByTestId('settings-temperature');
    await user.clear(temperature);
    await user.type(temperature, '9');
    await user.tab();
    expect(await screen.findByText('Between 0 and 2.')).toBeInTheDocument();
    expect(fake.snapshot.settings.sampling.temperature).toBe(0.7);
  });
});

describe('the data folder', () => {
  it('says so for as long as it cannot be written', async () => {
    const { fake } = await openWindow();
    fake.emit({ event: 'status', ...fake.snapshot.status, storage_problem: 'The disk is full.' });
    expect(await screen.findByTestId('storage-banner')).toHaveTextContent('The disk is full.');
    fake.emit({ event: 'status', ...fake.snapshot.status, storage_problem: null });
    await waitFor(() => expect(screen.queryByTestId('storage-banner')).toBeNull());
  });
});

describe('a first run', () => {
  it('shows the machine and what the starter is, and answers an example', async () => {
    const { user } = await openWindow();
    expect(screen.getByTestId('machine')).toHaveTextContent('8 cores');
    expect(screen.getByTestId('starter-note')).toHaveTextContent('not a general assistant');
    await user.click(screen.getByRole('button', { name: /17 \+ 25/ }));
    expect(inside(await lastAnswer(), 'message-text')).toHaveTextContent('42');
  });
});
