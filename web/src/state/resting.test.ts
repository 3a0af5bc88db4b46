import { expect, test } from 'vitest';
import type { Task } from '../api/types';
import { restsUntil } from './resting';

const mailing = (change: Partial<Task>) =>
  ({
    type: 2,
    task_name: 'mailing',
    status: 2,
    paused: true,
    reason_code: null,
    modify_time: '2026-11-27T10:00:00Z',
    ...change,
  }) as Task;

test('a mailing rests for an hour if the day is used up, and for five minutes if SES is busy', () => {
  expect(restsUntil(mailing({ reason_code: 'mail_day_used_up' }))).toBe('2026-11-27T11:00:00.000Z');
  expect(restsUntil(mailing({ reason_code: 'mail_busy' }))).toBe('2026-11-27T10:05:00.000Z');
});

test('a task that somebody has paused, or that goes on, does not rest', () => {
  expect(restsUntil(mailing({}))).toBeNull();
  expect(restsUntil(mailing({ paused: false, reason_code: 'mail_busy' }))).toBeNull();
  expect(restsUntil(mailing({ task_name: 'undo', reason_code: 'mail_busy' }))).toBeNull();
});
