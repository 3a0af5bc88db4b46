// Tells people that a task has ended when they look at something else: through the browser, if they want it.

import { effect, signal } from '@preact/signals';
import { listTasks } from '../api/calls';
import { hasEnded, type Task } from '../api/types';
import { stateOf } from '../parts/state';
import { words } from './look';
import { nameOf } from './names';
import type { Pace } from './polling';
import { session } from './session';

const KEY = 'sluice.notify';
const AWAITED_KEY = 'sluice.awaited';
/** As many as the API lists by their ids. */
const MOST = 100;
/** A task that another page has read so recently is not read again. */
const FRESH_MS = 15_000;
const canNotify = typeof Notification !== 'undefined';

const stored = () => {
  try {
    return localStorage.getItem(KEY) === 'yes';
  } catch {
    return false;
  }
};

/** Whether people are told. */
export const isNotifying = signal(canNotify && stored() && Notification.permission === 'granted');

/** Whether the browser can tell them, and they have not forbidden it. */
export const mayNotify = () => canNotify && Notification.permission !== 'denied';

/** Asks the browser for leave, the first time. */
export async function setNotifying(wanted: boolean): Promise<void> {
  const isAllowed = wanted && (await Notification.requestPermission()) === 'granted';
  isNotifying.value = isAllowed;
  try {
    if (isAllowed) localStorage.setItem(KEY, 'yes');
    else localStorage.removeItem(KEY);
  } catch {
    // It holds for this page, then.
  }
}

/** The tasks that were started here or seen before they ended, and when each was read last. */
const open = new Map<number, number>();
let station = '';

const keyOf = (of: string) => `${AWAITED_KEY}.${of}`;

// They are kept for each station, so that a reload does not forget them.
effect(() => {
  const now = session.value?.station ?? '';
  if (now === '' || now === station) return;
  station = now;
  open.clear();
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(keyOf(station)) ?? '[]');
    if (Array.isArray(ids)) for (const id of ids) if (Number.isSafeInteger(id)) open.set(id, 0);
  } catch {
    // They hold for this page, then.
  }
});

function store(): void {
  if (station === '') return;
  try {
    if (open.size === 0) localStorage.removeItem(keyOf(station));
    else localStorage.setItem(keyOf(station), JSON.stringify([...open.keys()]));
  } catch {
    // They hold for this page, then.
  }
}

/** Whether somebody waits for an end while the page is not looked at. */
export const isAwaited = () => isNotifying.value && open.size > 0;

/** Waits for the end of a task that was started here. */
export function awaitEnd(taskId: number): void {
  const isNew = !open.has(taskId);
  open.set(taskId, Date.now());
  for (const id of open.keys()) if (open.size > MOST) open.delete(id);
  if (isNew) store();
}

/** Takes note of tasks as they are now, and tells of those that have ended since they were seen. */
export function watch(tasks: Task[]): void {
  for (const task of tasks) {
    if (!hasEnded(task)) awaitEnd(task.task_id);
    else if (open.delete(task.task_id)) {
      store();
      if (isNotifying.value) tell(task);
    }
  }
}

/** Reads the awaited tasks that no page has just read. Every page asks so, rarely. */
export async function refreshAwaited(): Promise<Pace> {
  if (!isNotifying.value) return 'slow';
  const since = Date.now() - FRESH_MS;
  const due = [...open].filter(([, at]) => at <= since).map(([id]) => id);
  if (due.length === 0) return 'slow';
  const { tasks } = await listTasks({ task_ids: due.join(',') });
  watch(tasks);
  // A task that is not there any more does not end.
  const found = new Set(tasks.map((task) => task.task_id));
  for (const id of due) if (!found.has(id)) open.delete(id);
  store();
  return 'slow';
}

function tell(task: Task): void {
  const body = words.value.states[stateOf(task).name];
  try {
    new Notification(nameOf(task), { body, tag: `task-${task.task_id}`, icon: '/icon.svg' });
  } catch {
    // Phones take notifications from service workers only.
  }
}
