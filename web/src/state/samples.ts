// How many rows a task had at which moment, as this browser saw it: what the plot, the speed and the
// time left are made of. The API has no history; samples outlive a reload of the tab.

import { signal } from '@preact/signals';
import type { Task } from '../api/types';
import { serverNow } from './clock';

export interface Sample {
  /** Milliseconds. */
  at: number;
  rows: number;
  /** 0 to 1. */
  done: number;
}

const KEY = 'sluice.samples.';
/** Of a long task every other sample is dropped when there are more. */
const MOST = 240;
/** After so long without news, that is news. */
const STILL_MS = 4_000;
/** The speed is that of the last seconds, so that it follows what happens. */
const WINDOW_MS = 15_000;

const kept = new Map<number, Sample[]>();
/** Changes whenever a sample was taken. */
export const taken = signal(0);

export function samplesOf(taskId: number): Sample[] {
  let samples = kept.get(taskId);
  if (!samples) {
    samples = load(taskId);
    kept.set(taskId, samples);
  }
  return samples;
}

/** How much of a task is done, 0 to 1. */
export function share(task: Task): number {
  const { total, done } = task.chunks ?? { total: null, done: 0 };
  return Math.max(task.progress / 100, total ? done / total : 0);
}

/** Notes how far a task is. */
export function sample(task: Task, at = serverNow()): void {
  if (!task.rows || !task.start_time) return;
  const samples = samplesOf(task.task_id);
  const start = Date.parse(task.start_time);
  // A retry is another run, which has a plot of its own.
  if (samples[0] && samples[0].at !== start) samples.length = 0;
  if (samples.length === 0) samples.push({ at: start, rows: 0, done: 0 });
  const last = samples[samples.length - 1] as Sample;
  const end = task.end_time ? Date.parse(task.end_time) : null;
  const moment = end ?? at;
  const isNews = task.rows.read > last.rows || end !== null || moment - last.at > STILL_MS;
  if (moment <= last.at || !isNews) return;
  samples.push({ at: moment, rows: task.rows.read, done: share(task) });
  if (samples.length > MOST) thin(samples);
  try {
    sessionStorage.setItem(KEY + task.task_id, JSON.stringify(samples));
  } catch {
    // A full store costs the plot its memory and nothing else.
  }
  taken.value += 1;
}

/** Rows a second, lately; null as long as nobody knows. */
export function speed(samples: Sample[]): number | null {
  const [first, last] = recent(samples);
  if (!first || !last || last.at - first.at < 800) return null;
  return ((last.rows - first.rows) * 1000) / (last.at - first.at);
}

/** Seconds until the end, if it goes on as lately; null as long as nobody knows. */
export function secondsLeft(samples: Sample[]): number | null {
  const [first, last] = recent(samples);
  if (!first || !last || last.done - first.done < 0.01 || last.at - first.at < 1500) return null;
  return ((1 - last.done) * (last.at - first.at)) / (last.done - first.done) / 1000;
}

function recent(samples: Sample[]): [Sample | undefined, Sample | undefined] {
  const last = samples[samples.length - 1];
  const first = samples.findLast((one) => last && last.at - one.at >= WINDOW_MS) ?? samples[0];
  return [first, last];
}

function thin(samples: Sample[]): void {
  const last = samples[samples.length - 1] as Sample;
  const half = samples.filter((_, index) => index % 2 === 0);
  if (half[half.length - 1] !== last) half.push(last);
  samples.splice(0, samples.length, ...half);
}

function load(taskId: number): Sample[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY + taskId) ?? '[]') as Sample[];
  } catch {
    return [];
  }
}
