// The tasks that were hidden last, so that it can be undone.

import { signal } from '@preact/signals';
import { showTasks } from '../api/calls';

/** Empty when there is nothing to undo. */
export const lastHidden = signal<number[]>([]);

export function noteHidden(taskIds: number[]): void {
  lastHidden.value = taskIds;
}

/** Shows them again: all, or none. */
export async function undoHiding(): Promise<void> {
  const taskIds = lastHidden.value;
  if (taskIds.length === 0) return;
  await showTasks(taskIds);
  lastHidden.value = [];
}
