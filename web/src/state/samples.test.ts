import { beforeEach, expect, test, vi } from 'vitest';
import type { Task } from '../api/types';
import { curveOf, sample, samplesOf, secondsLeft, share, speed } from './samples';

const store = new Map<string, string>();
vi.stubGlobal('sessionStorage', {
  getItem: (key: string) => store.get(key) ?? null,
  setItem: (key: string, value: string) => store.set(key, value),
});
beforeEach(() => store.clear());

const START = Date.parse('2026-11-21T00:00:00Z');
let ids = 0;
const nextId = () => {
  ids += 1;
  return ids;
};
const task = (task_id: number, read: number, more: Partial<Task> = {}) =>
  ({
    task_id,
    status: 2,
    progress: 0,
    start_time: new Date(START).toISOString(),
    end_time: null,
    rows: { read, succeeded: read, failed: 0, duplicate: 0, skipped: 0 },
    chunks: { total: 10, done: read / 100 },
    ...more,
  }) as Task;

test('an ended import has the curve of its counts, watched or not', () => {
  const result = {
    timeline: [
      [250, 700],
      [1_500, 1_000],
    ] as [number, number][],
  };
  const end_time = new Date(START + 2_000).toISOString();
  const ended = { type: 0, task_name: 'import', status: 3, result, end_time } as unknown as Task;
  expect(curveOf(task(nextId(), 1_000, ended))).toEqual([
    { at: START, rows: 0 },
    { at: START + 250, rows: 700 },
    { at: START + 1_500, rows: 1_000 },
    { at: START + 2_000, rows: 1_000 },
  ]);
  const running = task(nextId(), 300);
  sample(running, START + 1_000);
  expect(curveOf(running)).toEqual(samplesOf(running.task_id));
});

test('speed and time left come from what was seen lately', () => {
  const id = nextId();
  for (let second = 1; second <= 5; second += 1)
    sample(task(id, second * 100), START + second * 1000);
  expect(speed(samplesOf(id))).toBeCloseTo(100);
  expect(secondsLeft(samplesOf(id))).toBeCloseTo(5);
});

test('nothing is guessed before anything moved', () => {
  const id = nextId();
  sample(task(id, 0), START + 500);
  expect(speed(samplesOf(id))).toBeNull();
  expect(secondsLeft(samplesOf(id))).toBeNull();
});

test('the last sample is at the end of the task, and comes once', () => {
  const id = nextId();
  const end_time = new Date(START + 3000).toISOString();
  sample(task(id, 100), START + 1000);
  sample(task(id, 300, { status: 3, end_time }), START + 9000);
  sample(task(id, 300, { status: 3, end_time }), START + 99000);
  expect(samplesOf(id).map((one) => one.at - START)).toEqual([0, 1000, 3000]);
});

test('an end before the last answer came takes its place', () => {
  const id = nextId();
  const end_time = new Date(START + 2000).toISOString();
  sample(task(id, 100), START + 1000);
  sample(task(id, 200), START + 2500);
  sample(task(id, 300, { status: 3, progress: 100, end_time }), START + 3500);
  const seen = samplesOf(id).map((one) => [one.at - START, one.rows]);
  expect(seen).toEqual([
    [0, 0],
    [1000, 100],
    [2000, 300],
  ]);
});

test('another run has a plot of its own', () => {
  const id = nextId();
  sample(task(id, 100), START + 1000);
  const start_time = new Date(START + 60_000).toISOString();
  sample(task(id, 50, { start_time }), START + 61_000);
  expect(samplesOf(id).map((one) => one.rows)).toEqual([0, 50]);
});

test('a long task keeps few samples, the last among them', () => {
  const id = nextId();
  for (let second = 1; second <= 1000; second += 1) sample(task(id, second), START + second * 1000);
  const samples = samplesOf(id);
  expect(samples.length).toBeLessThanOrEqual(240);
  expect(samples[0]?.rows).toBe(0);
  expect(samples[samples.length - 1]?.rows).toBe(1000);
});

test('a task is as far as its chunks where these say more than its percent', () => {
  expect(share(task(1, 0, { progress: 40, chunks: { total: 4, done: 3 } }))).toBe(0.75);
  expect(share(task(1, 0, { progress: 40, chunks: { total: null, done: 3 } }))).toBe(0.4);
});
