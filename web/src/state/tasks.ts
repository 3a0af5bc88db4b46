// Tasks as they were last seen: a list that follows what runs, one task, and what people do to them.

import { signal } from '@preact/signals';
import { getTask, listTasks } from '../api/calls';
import { Refusal } from '../api/refusal';
import { hasEnded, inputOf, isDryRun, type Task, type Totals } from '../api/types';
import type { Filter } from '../route';
import { serverNow } from './clock';
import { watch } from './notify';
import type { Pace } from './polling';
import { sample } from './samples';

export interface Listed {
  tasks: Task[];
  nextCursor: string | null;
  /** How many there are by status, whatever status is shown; null until they were counted. */
  totals: Totals | null;
}

/** Null until the first answer. */
export const listed = signal<Listed | null>(null);
/** The task of the page that is open; null until the first answer. */
export const opened = signal<Task | null>(null);
/** What went wrong with the last question; null when it was answered. */
export const trouble = signal<Error | null>(null);

const PAGE = 50;
/** Totals are counted anew when something changed, and after so long. */
const COUNT_MS = 30_000;

const queryOf = (filter: Filter) => ({
  status: filter.status,
  type: filter.type,
  business_id: filter.business,
  created_from: startOf(filter.from, 0),
  created_to: startOf(filter.to, 1),
  search: filter.search.trim(),
});

/** When a day, or the day after it, begins where the reader is; blank for no day. */
export function startOf(day: string, later: number): string {
  const [year, month, date] = day.split('-').map(Number);
  const start = new Date(year ?? 0, (month ?? 1) - 1, (date ?? 1) + later);
  return day === '' || Number.isNaN(start.getTime()) ? '' : start.toISOString();
}

let counted = { of: '', at: 0 };

/** Reads the first page anew, and of the others what runs. */
export async function refreshList(filter: Filter): Promise<Pace> {
  return asked(async () => {
    const before = listed.peek();
    const query = queryOf(filter);
    // A task that came, or changed its status, changes the totals.
    const isDue = () => !listed.peek()?.totals || Date.now() - counted.at > COUNT_MS;
    let page = await listTasks({ ...query, limit: PAGE, totals: isDue() ? 'true' : '' });
    const states = page.tasks.map((task) => `${task.task_id} ${task.status}`).join();
    if (!page.totals && states !== counted.of) {
      page = await listTasks({ ...query, limit: PAGE, totals: 'true' });
    }
    if (page.totals) counted = { of: states, at: Date.now() };
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
    watch(tasks);
    const nextCursor = older.length > 0 ? (before?.nextCursor ?? null) : page.next_cursor;
    listed.value = { tasks, nextCursor, totals: page.totals ?? before?.totals ?? null };
    return tasks.every(hasEnded) ? 'slow' : 'fast';
  });
}

export async function moreTasks(filter: Filter): Promise<void> {
  const before = listed.peek();
  if (!before?.nextCursor) return;
  const page = await listTasks({ ...queryOf(filter), limit: PAGE, cursor: before.nextCursor });
  const known = new Set(before.tasks.map((task) => task.task_id));
  const more = page.tasks.filter((task) => !known.has(task.task_id));
  const tasks = [...before.tasks, ...more];
  listed.value = { ...before, tasks, nextCursor: page.next_cursor };
}

/** The mailing to new members begins some seconds after its import has ended. */
const FOLLOWS_MS = 60_000;

/** Whether a mailing is about to follow an import. */
export function isFollowed(task: Task): boolean {
  if (!inputOf(task)?.options?.notify || isDryRun(task) || task.reason === 'cancelled')
    return false;
  const isDone = (task.status === 3 || task.status === 4) && task.children.length === 0;
  return isDone && serverNow() - Date.parse(task.end_time ?? '') < FOLLOWS_MS;
}

/** Reads one task anew. */
export async function refreshTask(taskId: number): Promise<Pace> {
  return asked(async () => {
    const task = await getTask(taskId);
    sample(task);
    watch([task]);
    opened.value = task;
    return hasEnded(task) && !isFollowed(task) ? 'never' : 'fast';
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
