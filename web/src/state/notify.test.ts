import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Task } from '../api/types';

const told: string[] = [];
const asked: string[] = [];
let answer: Task[] = [];

class Browser {
  static permission = 'granted';
  constructor(name: string) {
    told.push(name);
  }
}

const task = (task_id: number, status: number) =>
  ({ task_id, status, type: 0, task_name: `task ${task_id}`, input: null, result: null }) as Task;

async function opened(kept: Record<string, string>) {
  const storage = new Map(Object.entries({ 'sluice.notify': 'yes', ...kept }));
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => storage.set(key, value),
    removeItem: (key: string) => storage.delete(key),
  });
  vi.resetModules();
  const { session } = await import('./session');
  const notify = await import('./notify');
  session.value = { token: '', station: 'demo', expiresAt: null, scopes: [] };
  return { ...notify, session, storage };
}

beforeEach(() => {
  told.length = 0;
  asked.length = 0;
  answer = [];
  vi.useFakeTimers();
  vi.stubGlobal('Notification', Browser);
  vi.doMock('./look', () => ({ words: { value: { states: {} } } }));
  vi.doMock('../api/calls', () => ({
    listTasks: async ({ task_ids }: { task_ids: string }) => {
      asked.push(task_ids);
      return { tasks: answer };
    },
  }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('the end of a task that was started here is told on any page', async () => {
  const { awaitEnd, isAwaited, refreshAwaited } = await opened({});
  awaitEnd(7);
  expect(isAwaited()).toBe(true);
  vi.advanceTimersByTime(20_000);
  answer = [task(7, 2)];
  expect(await refreshAwaited()).toBe('slow');
  expect(told).toEqual([]);
  vi.advanceTimersByTime(20_000);
  answer = [task(7, 3)];
  await refreshAwaited();
  expect(told).toEqual(['task 7']);
  vi.advanceTimersByTime(20_000);
  await refreshAwaited();
  expect(asked).toEqual(['7', '7']);
});

test('a task that a page has just read is not read again', async () => {
  const { refreshAwaited, watch } = await opened({});
  watch([task(1, 2), task(2, 3)]);
  await refreshAwaited();
  expect(asked).toEqual([]);
  expect(told).toEqual([]);
});

test('a reload goes on waiting, and another station waits for its own tasks', async () => {
  const { refreshAwaited, session, storage } = await opened({
    'sluice.awaited.demo': '[7,8]',
    'sluice.awaited.other': '[9]',
  });
  answer = [task(7, 5)];
  await refreshAwaited();
  expect(asked).toEqual(['7,8']);
  expect(told).toEqual(['task 7']);
  // Task 8 is not there any more.
  expect(storage.has('sluice.awaited.demo')).toBe(false);
  session.value = { token: '', station: 'other', expiresAt: null, scopes: [] };
  await refreshAwaited();
  expect(asked).toEqual(['7,8', '9']);
});

test('nothing is read for people who do not want to be told', async () => {
  const { isNotifying, refreshAwaited } = await opened({ 'sluice.awaited.demo': '[7]' });
  isNotifying.value = false;
  await refreshAwaited();
  expect(asked).toEqual([]);
});
