// Tasks as they were last seen: a list that follows what runs, one task, and what people do to them.

import { signal } from '@preact/signals';
import { getTask, listTasks } from '../api/calls';
import { Refusal } from '../api/refusal';
import { hasEnded, type Task } from '../api/types';
import type { Pace } from './polling';
import { sample } from './samples';

export interface Filter {
  status: string;
  type: string;
  business: string;
}

export interface Listed {
  tasks: Task[];
  nextCursor: string | null;
}

/** Null until the first answer. */
export const listed = signal<Listed | null>(null);
/** The task of the page that is open; null until the first answer. */
export const opened = signal<Task | null>(null);
/** What went wrong with the last question; null when it was answered. */
export const trouble = signal<Error | null>(null);

const PAGE = 20;

const queryOf = (filter: Filter) => ({
  status: filter.status,
  type: filter.type,
  business_id: filter.business,
});

/** Reads the first page anew, and of the others what runs. */
export async function refreshList(filter: Filter): Promise<Pace> {
  return asked(async () => {
    const before = listed.peek();
    const page = await listTasks({ ...queryOf(filter), limit: PAGE });
    const seen = new Set(page.tasks.map((task) => task.task_id));
    const last = page.tasks[page.tasks.length - 1];
    const isOlder = (task: Task) =>
      !seen.has(task.task_id) && last && task.create_time < last.create_time;
    // Without a next page there is nothing below the first one any more.
    let older = page.next_cursor === null ? [] : (before?.tasks ?? []).filter(isOlder);
    const open = older.filter((task) => !hasEnded(task)).slice(0, 100);
    if (open.length > 0) {
      const ids = open.map((task) => task.task_id).join(',');
      const { tasks } = await listTasks({ task_ids: ids });
      const fresh = new Map(tasks.map((task) => [task.task_id, task]));
      older = older.map((task) => fresh.get(task.task_id) ?? task);
    }
    const tasks = [...page.tasks, ...older];
    for (const task of tasks) if (!hasEnded(task)) sample(task);
    const nextCursor = older.length > 0 ? (before?.nextCursor ?? null) : page.next_cursor;
    listed.value = { tasks, nextCursor };
    return tasks.every(hasEnded) ? 'slow' : 'fast';
  });
}

export async function moreTasks(filter: Filter): Promise<void> {
  const before = listed.peek();
  if (!before?.nextCursor) return;
  const page = await listTasks({ ...queryOf(filter), limit: PAGE, cursor: before.nextCursor });
  const known = new Set(before.tasks.map((task) => task.task_id));
  const more = page.tasks.filter((task) => !known.has(task.task_id));
  listed.value = { tasks: [...before.tasks, ...more], nextCursor: page.next_cursor };
}

/** Reads one task anew. */
export async function refreshTask(taskId: number): Promise<Pace> {
  return asked(async () => {
    const task = await getTask(taskId);
    sample(task);
    opened.value = task;
    return hasEnded(task) ? 'never' : 'fast';
  });
}

/** Shows what a call answered about a task, wherever it is seen. */
export function show(task: Task): void {
  if (opened.peek()?.task_id === task.task_id) opened.value = task;
  const before = listed.peek();
  if (!before) return;
  const tasks = before.tasks.map((one) => (one.task_id === task.task_id ? task : one));
  listed.value = { ...before, tasks };
}

async function asked(ask: () => Promise<Pace>): Promise<Pace> {
  try {
    const pace = await ask();
    trouble.value = null;
    return pace;
  } catch (error) {
    trouble.value = error as Error;
    // What the API refuses, it refuses again.
    if (error instanceof Refusal && error.code < 50000 && error.code !== 42901) return 'slow';
    throw error;
  }
}
