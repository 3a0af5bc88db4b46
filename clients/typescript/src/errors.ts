// What the API says when it does not do what was asked.

import type { components } from './schema.js';

export type Task = components['schemas']['TaskView'];

/** The API answered and refused: repeating the same request does not help. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  /** `code` is that of the envelope: its first three digits are the HTTP status. */
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** A task ended without what was wanted of it. */
export class TaskFailed extends Error {
  override readonly name = 'TaskFailed';

  constructor(readonly task: Task) {
    super(task.reason ?? `task ${task.task_id} ended with status ${task.status}`);
  }
}
