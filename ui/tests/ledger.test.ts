import { screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { FakeBackend } from '$lib/backend/fake';
import { ask, lastAnswer, openWindow } from './window';

describe('grades', () => {
  it('asks about an answer that was drawn, keeps what is said, and takes it back', async () => {
    const fake = new FakeBackend();
    fake.grade = { asks: 'whether_right', drawn: true, said: null };
    const opened = await openWindow(fake);
    await ask(opened, 'Hi');
    await lastAnswer();
    const right = await screen.findByTestId('grade-right');
    expect(screen.getByText('Was this right?')).toBeVisible();
    await opened.user.click(right);
    await waitFor(() => expect(right).toHaveAttribute('aria-pressed', 'true'));
    expect(screen.queryByText('Was this right?')).toBeNull();
    await opened.user.click(right);
    const said = fake.calls.filter((call) => call.command === 'answerGrade').map((call) => call.args[1]);
    expect(said).toEqual([true, null]);
  });
});
