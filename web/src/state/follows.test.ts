import { expect, test, vi } from 'vitest';
import type { Task } from '../api/types';

vi.stubGlobal('navigator', { language: 'en' });
vi.stubGlobal('document', { documentElement: { dataset: {} } });
const { isFollowed } = await import('./tasks');

const imported = (options: object, change: object = {}) =>
  ({
    type: 0,
    task_name: 'import',
    status: 3,
    reason: null,
    children: [],
    end_time: new Date().toISOString(),
    input: { options },
    ...change,
  }) as unknown as Task;

test('a mailing follows an import that has just ended, if one was asked for', () => {
  expect(isFollowed(imported({ notify: true }))).toBe(true);
  expect(isFollowed(imported({}))).toBe(false);
  expect(isFollowed(imported({ notify: true, dry_run: true }))).toBe(false);
});

test('no mailing follows once it is there, after a while, or an import that told nobody', () => {
  const notify = { notify: true };
  expect(isFollowed(imported(notify, { children: [7] }))).toBe(false);
  expect(isFollowed(imported(notify, { end_time: '2026-01-01T00:00:00Z' }))).toBe(false);
  expect(isFollowed(imported(notify, { status: 5 }))).toBe(false);
  expect(isFollowed(imported(notify, { status: 4, reason: 'cancelled' }))).toBe(false);
});
