// Waiting for the end of a task.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Task } from './errors.js';

export interface WaitOptions {
  /** Is called with each state of the task that was seen. */
  onProgress?: (task: Task) => void;
  /** Gives up waiting. The task goes on. */
  signal?: AbortSignal;
  /** The wait between two questions in the first minute, in milliseconds. Later ones are three times as long. */
  everyMs?: number;
}

const SOON_MS = 60_000;

/** Asks for a task until it has ended. */
export async function waitUntilEnded(
  ask: () => Promise<Task>,
  { onProgress, signal, everyMs = 1000 }: WaitOptions = {},
): Promise<Task> {
  const began = Date.now();
  for (;;) {
    const task = await ask();
    onProgress?.(task);
    // It is 100 only when the task has ended.
    if (task.progress === 100) return task;
    const pause = Date.now() - began < SOON_MS ? everyMs : 3 * everyMs;
    await sleep(pause, undefined, signal ? { signal } : {});
  }
}
