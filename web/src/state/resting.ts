// A mailing that rests: SES takes no more e-mails for a while, and it goes on by itself.

import { isMailing } from '../api/mails';
import type { Task } from '../api/types';

/** How long a mailing rests, by the reason (kinds/mailing/src/run/mod.rs). */
const RESTS_MS: Record<string, number> = {
  mail_day_used_up: 60 * 60_000,
  mail_busy: 5 * 60_000,
};

/** When it goes on; null where nothing rests, as with a task that somebody has paused. */
export function restsUntil(task: Task): string | null {
  const rests = RESTS_MS[task.reason_code ?? ''];
  if (!isMailing(task) || !task.paused || rests === undefined) return null;
  return new Date(Date.parse(task.modify_time) + rests).toISOString();
}
