import { expect, test } from 'vitest';
import { isMailing, mailedOf, mailingOf } from './mails';
import type { Task } from './types';

const task = (change: object) =>
  ({ type: 2, task_name: 'mailing', status: 3, input: {}, result: null, ...change }) as Task;

test('a mailing is known by its handler', () => {
  expect(isMailing(task({}))).toBe(true);
  expect(isMailing(task({ task_name: 'undo' }))).toBe(false);
  expect(mailingOf(task({ type: 0 }))).toBeNull();
});

test('a result is there once a mailing with an audience has ended, however it ended', () => {
  const result = { audience: 2, sent: 0, failed: 2 };
  expect(mailedOf(task({ status: 5, result }))?.failed).toBe(2);
  expect(mailedOf(task({ status: 2, result }))).toBeNull();
  expect(mailedOf(task({ status: 5, result: null }))).toBeNull();
  expect(mailedOf(task({ status: 5, result: {} }))).toBeNull();
});
