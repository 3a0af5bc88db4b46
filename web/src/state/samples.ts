// How many rows a task had at which moment, as this browser saw it: what the plot, the speed and the
// time left are made of. While a task runs the API has no history; samples outlive a reload of the
// tab.

import { exportedOf, resultOf, type Task } from '../api/types';
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

export function samplesOf(taskId: number): Sample[] {
  let samples = kept.get(taskId);
  if (!samples) {
    samples = load(taskId);
    kept.set(taskId, samples);
  }
  return samples;
}

/** The rows over time: of what has ended as they were counted, else as they were seen to come. */
export function curveOf(task: Task): Pick<Sample, 'at' | 'rows'>[] {
  const timeline = (resultOf(task) ?? exportedOf(task))?.timeline ?? [];
  if (timeline.length === 0 || !task.start_time) return samplesOf(task.task_id);
  const start = Date.parse(task.start_time);
  const counted = timeline.map(([ms, rows]) => ({ at: start + ms, rows }));
  // From the last row to the end its report is made.
  const end = { at: Date.parse(task.end_time ?? ''), rows: counted.at(-1)?.rows ?? 0 };
  const isLater = end.at > (counted.at(-1)?.at ?? start);
  return [{ at: start, rows: 0 }, ...counted, ...(isLater ? [end] : [])];
}

/** How much of a task is done, 0 to 1. */
export function share(task: Task): number {
  const { total, done } = task.chunks ?? { total: null, done: 0 };
  return Math.max(task.progress / 100, total ? done / total : 0);
}

/** Notes how far a task is. */
export function sample(task: Task, at = serverNow()): void {
  if (!task.rows || !task.start_time) return;
  const start = Date.parse(task.start_time);
  const end = task.end_time ? Date.parse(task.end_time) : null;
  // A retry is another run, which has a plot of its own. And an answer takes its time: the end may
  // have been before the last one came.
  const before = samplesOf(task.task_id);
  const sameRun = before[0]?.at === start ? before : [{ at: start, rows: 0, done: 0 }];
  const samples = sameRun.filter((one, place) => place === 0 || end === null || one.at <= end);
  const last = samples[samples.length - 1] as Sample;
  const moment = end ?? at;
  const isNews = task.rows.read > last.rows || end !== null || moment - last.at > STILL_MS;
  if (moment <= last.at || !isNews) return;
  samples.push({ at: moment, rows: task.rows.read, done: share(task) });
  // What is drawn is compared with what was: a new list is drawn anew.
  const thinned = samples.length > MOST ? thin(samples) : samples;
  kept.set(task.task_id, thinned);
  try {
    sessionStorage.setItem(KEY + task.task_id, JSON.stringify(thinned));
  } catch {
    // A full store costs the plot its memory and nothing else.
  }
}

/** Rows a second, lately; null as long as nobody knows. */
export function speed(samples: Sample[]): number | null {
  const [first, last] = recent(samples);
  if (!first || !last || last.rows === 0 || last.at - first.at < 800) return null;
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

const thin = (samples: Sample[]) =>
  samples.filter((_, place) => place % 2 === 0 || place === samples.length - 1);

function load(taskId: number): Sample[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY + taskId) ?? '[]') as Sample[];
  } catch {
    return [];
  }
}
