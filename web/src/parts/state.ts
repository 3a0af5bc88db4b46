// What a task's state is called and which colour it has: what people want to know of it, which its
// status alone does not say.

import { isMailing } from '../api/mails';
import { evaluationOf, isScoreTask } from '../api/scores';
import {
  can,
  hasEnded,
  isDryRun,
  isExport,
  isImport,
  isUndo,
  type Task,
  undoOf,
} from '../api/types';
import { restsUntil } from '../state/resting';

/** A word of `words.states`. */
export type StateName =
  | 'waiting'
  | 'running'
  | 'checking'
  | 'cancelling'
  | 'paused'
  | 'resting'
  | 'finished'
  | 'corrected'
  | 'partly'
  | 'partlyDone'
  | 'nothing'
  | 'cancelled'
  | 'undone'
  | 'same'
  | 'failed'
  | 'checkedGood'
  | 'checkedBad'
  | 'notChecked';

/** Grey, blue, green, amber, red: the numbers of the statuses that have them otherwise. */
export type Tone = 1 | 2 | 3 | 4 | 5;

export interface State {
  name: StateName;
  tone: Tone;
}

/** Whether corrected files have brought in all that was wrong with an import at first. */
export function isMended(task: Task): boolean {
  const whole = task.combined_rows;
  if (task.undone_by) return false;
  return hasEnded(task) && !!whole && whole.failed + whole.duplicate === 0 && whole.read > 0;
}

export function stateOf(task: Task): State {
  const { status, rows } = task;
  const is = (name: StateName, tone: Tone): State => ({ name, tone });
  if (task.paused) return is(restsUntil(task) ? 'resting' : 'paused', 1);
  if (status === 1) return is('waiting', 1);
  const isMade = isExport(task) || isUndo(task) || isScoreTask(task) || isMailing(task);
  if (status === 2) {
    const isOpen = (task.chunks?.done ?? 0) < (task.chunks?.total ?? 1);
    if ((isImport(task) || isMade) && isOpen && !can(task, 'cancel')) return is('cancelling', 1);
    const isDry = isDryRun(task) || undoOf(task)?.dry_run || evaluationOf(task)?.dry_run;
    return is(isDry ? 'checking' : 'running', 2);
  }
  if (isMade && task.reason === 'cancelled') return is('cancelled', 1);
  if (!isImport(task)) {
    return status === 3
      ? is('finished', 3)
      : is(status === 4 ? 'partlyDone' : 'failed', status as Tone);
  }
  if (task.undone_by) return is('undone', 1);
  if (task.reason === 'cancelled') return is('cancelled', 1);
  const isRefused = (rows?.failed ?? 0) + (rows?.duplicate ?? 0) > 0;
  if (isDryRun(task)) {
    if (status === 3) return is('checkedGood', 3);
    return isRefused ? is('checkedBad', 4) : is('notChecked', 5);
  }
  if (status === 3) return is('finished', 3);
  if (isMended(task)) return is('corrected', 3);
  if (task.same_as) return is('same', 4);
  if (status === 4) return is('partly', 4);
  return is(rows?.succeeded === 0 && isRefused ? 'nothing' : 'failed', 5);
}
