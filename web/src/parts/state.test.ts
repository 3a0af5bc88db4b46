import { expect, test } from 'vitest';
import type { Task } from '../api/types';
import { stateOf } from './state';

const rows = (succeeded: number, failed = 0, duplicate = 0) => ({
  read: succeeded + failed + duplicate,
  succeeded,
  failed,
  duplicate,
  skipped: 0,
});

function task(status: number, more: Partial<Task> & { dryRun?: boolean } = {}): Task {
  const { dryRun, ...rest } = more;
  const input = { options: dryRun ? { dry_run: true } : {} };
  const base = { task_name: 'import', type: 0, actions: [], reason: null, same_as: null };
  return { ...base, input, status, rows: rows(0), combined_rows: null, ...rest } as unknown as Task;
}

const shown = (of: Task) => {
  const { name, tone } = stateOf(of);
  return `${name} ${tone}`;
};

test('an import says what came of its rows', () => {
  expect(shown(task(3, { rows: rows(3) }))).toBe('finished 3');
  expect(shown(task(4, { rows: rows(2, 1) }))).toBe('partly 4');
  expect(shown(task(5, { rows: rows(0, 1, 2) }))).toBe('nothing 5');
  expect(shown(task(5))).toBe('failed 5');
  expect(shown(task(5, { same_as: 7 }))).toBe('same 4');
});

test('a check never says that something was imported', () => {
  expect(shown(task(2, { dryRun: true, actions: ['cancel'] }))).toBe('checking 2');
  expect(shown(task(3, { dryRun: true, rows: rows(3) }))).toBe('checkedGood 3');
  expect(shown(task(4, { dryRun: true, rows: rows(2, 1) }))).toBe('checkedBad 4');
  expect(shown(task(5, { dryRun: true, rows: rows(0, 0, 1) }))).toBe('checkedBad 4');
  expect(shown(task(5, { dryRun: true }))).toBe('notChecked 5');
});

test('an import that was corrected to its last row is done', () => {
  expect(shown(task(4, { rows: rows(2, 1), combined_rows: rows(3) }))).toBe('corrected 3');
  expect(shown(task(4, { rows: rows(1, 2), combined_rows: rows(2, 1) }))).toBe('partly 4');
});

test('what was cancelled is called so, and what is being cancelled too', () => {
  const chunks = { done: 1, total: 3 };
  expect(shown(task(2, { chunks, actions: ['cancel'] }))).toBe('running 2');
  expect(shown(task(2, { chunks }))).toBe('cancelling 1');
  expect(shown(task(2, { chunks: { done: 3, total: 3 } }))).toBe('running 2');
  expect(shown(task(4, { reason: 'cancelled', rows: rows(2) }))).toBe('cancelled 1');
});

test('an export is finished, failed or cancelled, and never imported', () => {
  const of = { task_name: 'export', type: 1 } as Partial<Task>;
  const chunks = { done: 1, total: 64 };
  expect(shown(task(3, { ...of, rows: rows(3) }))).toBe('finished 3');
  expect(shown(task(5, { ...of, rows: rows(3), reason: 'short' }))).toBe('failed 5');
  expect(shown(task(5, { ...of, rows: rows(3), reason: 'cancelled' }))).toBe('cancelled 1');
  expect(shown(task(2, { ...of, chunks, actions: ['cancel'] }))).toBe('running 2');
  expect(shown(task(2, { ...of, chunks }))).toBe('cancelling 1');
});

test("a service's task is done in part, and not imported", () => {
  const other = { task_name: 'tiers', type: 2, rows: null } as Partial<Task>;
  expect(shown(task(4, other))).toBe('partlyDone 4');
  expect(shown(task(5, other))).toBe('failed 5');
});

test('an import that is undone says so, and an undo that counts is a check', () => {
  expect(shown(task(3, { rows: rows(3), undone_by: 8 }))).toBe('undone 1');
  expect(shown(task(4, { rows: rows(2, 1), combined_rows: rows(3), undone_by: 8 }))).toBe(
    'undone 1',
  );
  const of = (dry_run: boolean) =>
    ({ task_name: 'undo', type: 2, input: { dry_run } }) as unknown as Partial<Task>;
  const chunks = { done: 1, total: 3 };
  expect(shown(task(2, { ...of(true), chunks, actions: ['cancel'] }))).toBe('checking 2');
  expect(shown(task(2, { ...of(false), chunks, actions: ['cancel'] }))).toBe('running 2');
  expect(shown(task(2, { ...of(false), chunks }))).toBe('cancelling 1');
  expect(shown(task(4, { ...of(false), rows: rows(2, 1) }))).toBe('partlyDone 4');
  expect(shown(task(4, { ...of(false), reason: 'cancelled' }))).toBe('cancelled 1');
});

test('a mailing rests, is paused by people, and is sent in part', () => {
  const mailing = (status: number, more: Partial<Task> = {}) =>
    task(status, {
      task_name: 'mailing',
      type: 2,
      actions: ['cancel'],
      chunks: { total: 4, done: 1 },
      modify_time: '2026-11-27T10:00:00Z',
      ...more,
    });
  expect(shown(mailing(2))).toBe('running 2');
  expect(shown(mailing(2, { paused: true, reason_code: 'mail_busy' }))).toBe('resting 1');
  expect(shown(mailing(2, { paused: true }))).toBe('paused 1');
  expect(shown(mailing(2, { actions: [] }))).toBe('cancelling 1');
  expect(shown(mailing(4, { reason: 'cancelled' }))).toBe('cancelled 1');
  expect(shown(mailing(4))).toBe('partlyDone 4');
});

test('an evaluation that only decides is a check, and one that was cancelled says so', () => {
  const evaluation = (status: number, more: Partial<Task> = {}) =>
    task(status, {
      task_name: 'evaluation',
      type: 2,
      actions: ['cancel'],
      chunks: { total: 64, done: 3 },
      ...more,
    });
  const dry = { input: { period: '2026-10', dry_run: true } };
  expect(shown({ ...evaluation(2), ...dry } as Task)).toBe('checking 2');
  expect(shown(evaluation(2, { actions: [] }))).toBe('cancelling 1');
  expect(shown(evaluation(5, { reason: 'cancelled' }))).toBe('cancelled 1');
  expect(shown(evaluation(3))).toBe('finished 3');
  expect(shown(evaluation(4, { task_name: 'reconciliation' }))).toBe('partlyDone 4');
});
