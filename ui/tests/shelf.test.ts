import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { FakeBackend } from '$lib/backend/fake';
import { catalogModel } from '$lib/backend/fake/seed';
import { type Opened, inside, openWindow } from './window';

async function openModels(): Promise<Opened> {
  const fake = new FakeBackend();
  fake.catalog = [
    catalogModel('small', 'Small talker', 'chat', 'fits'),
    catalogModel('large', 'Large coder', 'code', 'will_not_fit')
  ];
  const opened = await openWindow(fake);
  await opened.user.click(screen.getByTestId('nav-models'));
  await screen.findByTestId('catalog-row');
  return opened;
}

describe('the catalog', () => {
  it('shows what fits, and the rest when asked', async () => {
    const { user } = await openModels();
    expect(screen.getAllByTestId('catalog-row').map((row) => row.dataset.model)).toEqual(['small']);
    await user.click(screen.getByLabelText('Only what fits this machine'));
    expect(screen.getAllByTestId('catalog-row')).toHaveLength(2);
    await user.type(screen.getByTestId('catalog-search'), 'coder');
    expect(screen.getAllByTestId('catalog-row').map((row) => row.dataset.model)).toEqual(['large']);
  });

  it('says the numbers behind a verdict and warns below four bits', async () => {
    const { user } = await openModels();
    const row = screen.getByTestId('catalog-row');
    expect(within(row).getByText(/^Fits/)).toHaveAttribute('title', expect.stringContaining('1.2 GB'));
    await user.selectOptions(inside(row, 'catalog-quality'), '1');
    expect(within(row).getByText(/Below 4 bits/)).toBeVisible();
  });
});

describe('models of other programs', () => {
  it('say what runs them, and what nothing runs is not offered', async () => {
    const fake = new FakeBackend();
    const found = { program: 'LM Studio', bytes: 1e9 };
    const why = 'It is a `strange` model.';
    fake.found = [
      { ...found, name: 'good', path: '/m/good.gguf', runs: { on: 'cpu' } },
      { ...found, name: 'slow', path: '/m/slow.gguf', runs: { on: 'mistralrs', why } },
      { ...found, name: 'strange', path: '/m/strange.gguf', runs: { on: 'nowhere', why } }
    ];
    const { user } = await openWindow(fake);
    await user.click(screen.getByTestId('nav-models'));
    const rows = within(await screen.findByTestId('found-models')).getAllByRole('listitem');
    expect(rows[0]).toHaveTextContent('Runs on: Hearth’s own engine');
    expect(rows[1]).toHaveTextContent(`mistral.rs, slower ${why}`);
    expect(within(rows[1]!).getByRole('button')).toBeVisible();
    expect(rows[2]).toHaveTextContent(`nothing here ${why}`);
    expect(within(rows[2]!).queryByRole('button')).toBeNull();
  });
});

describe('downloads', () => {
  it('begin, pause, go on, fail with a sentence, and end', async () => {
    const { user, fake } = await openModels();
    await user.click(inside(screen.getByTestId('catalog-row'), 'catalog-download'));
    const row = await screen.findByTestId('download');
    expect(row.dataset.state).toBe('running');
    await user.click(inside(row, 'download-pause'));
    await waitFor(() => expect(row.dataset.state).toBe('paused'));
    await user.click(inside(row, 'download-resume'));
    await waitFor(() => expect(row.dataset.state).toBe('running'));

    const [download] = fake.downloads;
    fake.showDownloads([{ ...download!, state: { state: 'failed', message: 'The disk is full.' } }]);
    expect(await screen.findByRole('alert')).toHaveTextContent('The disk is full.');
    fake.showDownloads([{ ...download!, received: 500_000_000, speed: 1e7, left_s: 50 }]);
    await waitFor(() =>
      expect(inside(row, 'download-line')).toHaveTextContent('500 MB of 1 GB · 50% · 10 MB/s · 50 s left')
    );
    fake.showDownloads([{ ...download!, state: { state: 'done', model: '/m' } }]);
    await waitFor(() => expect(row.dataset.state).toBe('done'));
    await user.click(inside(row, 'download-cancel'));
    await waitFor(() => expect(screen.queryByTestId('download')).toBeNull());
  });
});

describe('questions', () => {
  it('lead to a model, or say that there is none', async () => {
    const { user } = await openModels();
    await user.click(screen.getByTestId('wish-ask'));
    expect((await screen.findByTestId('recommended')).dataset.model).toBe('small');
    await user.selectOptions(screen.getByTestId('wish-kind'), 'reasoning');
    await user.click(screen.getByTestId('wish-ask'));
    expect(await screen.findByText(/No model of the catalog does that/)).toBeVisible();
  });
});

describe('the token of the hub', () => {
  it('is kept, said to be kept, never shown again, and forgotten', async () => {
    const fake = new FakeBackend();
    const { user } = await openWindow(fake);
    await user.click(screen.getByTestId('nav-settings'));
    const field = await screen.findByTestId<HTMLInputElement>('hub-token');
    expect(field.type).toBe('password');
    await user.type(field, 'hf_canary');
    await user.click(screen.getByTestId('hub-token-save'));
    await waitFor(() => expect(screen.getByTestId('hub-token-state').dataset.state).toBe('kept'));
    expect(field.value).toBe('');
    expect(document.body.textContent).not.toContain('hf_canary');
    expect(fake.calls).toContainEqual({ command: 'hubSetToken', args: ['hf_canary', 'system'] });
    await user.click(screen.getByTestId('hub-token-forget'));
    await waitFor(() => expect(screen.getByTestId('hub-token-state').dataset.state).toBe('missing'));
  });
});
