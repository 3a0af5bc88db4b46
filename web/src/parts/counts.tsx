// Rows by outcome, and how fast and how long.

import { isMailing } from '../api/mails';
import { isEvaluation, isReconciliation, isScoreTask } from '../api/scores';
import { isExport, isUndo, type Rows, resultOf, type Task, undoOf } from '../api/types';
import { words } from '../state/look';
import { samplesOf, secondsLeft, speed } from '../state/samples';
import { isMended } from './state';

export const OUTCOMES = ['succeeded', 'failed', 'duplicate', 'skipped'] as const;

/** What the counts of rows are of a mailing's recipients. */
const MAILED = {
  succeeded: 'sent',
  failed: 'failed',
  duplicate: 'duplicate',
  skipped: 'suppressed',
} as const;

/** The counts in a line; what is 0 is left out, but for what was imported. */
export function CountLine({ task }: { task: Task }) {
  const t = words.value;
  const rows = isMended(task) ? task.combined_rows : task.rows;
  if (!rows) return null;
  // An export that failed has no file, however many rows were read for it.
  if (isExport(task) && task.status === 5) return null;
  const shown = OUTCOMES.filter((outcome) => rows[outcome] > 0 || outcome === 'succeeded');
  return (
    <ul class="counts">
      {shown.map((outcome) => (
        <li key={outcome} class={outcome}>
          <span class="dot" aria-hidden="true" />
          {outcomeWord(task, outcome)} <strong>{t.f.number(rows[outcome])}</strong>
        </li>
      ))}
    </ul>
  );
}

export function CountTiles({ task, rows }: { task: Task; rows: Rows }) {
  const t = words.value;
  return (
    <ul class="tiles">
      <li>
        <span>{t.rows.read}</span>
        <strong>{t.f.number(rows.read)}</strong>
      </li>
      {OUTCOMES.map((outcome) => (
        <li key={outcome} class={rows[outcome] > 0 ? outcome : 'none'}>
          <span>
            <span class="dot" aria-hidden="true" />
            {outcomeWord(task, outcome)}
          </span>
          <strong>{t.f.number(rows[outcome])}</strong>
        </li>
      ))}
    </ul>
  );
}

function outcomeWord(task: Task, outcome: (typeof OUTCOMES)[number]): string {
  const t = words.value.rows;
  if (isExport(task)) return t.exported;
  if (isEvaluation(task)) return words.value.scores.members;
  if (isReconciliation(task)) return words.value.scores.entries;
  if (isMailing(task)) return words.value.mails.outcomes[MAILED[outcome]];
  if (isUndo(task)) {
    const { did, would } = words.value.undo;
    const of = undoOf(task)?.dry_run ? would : did;
    return outcome === 'succeeded' ? of.taken : of.kept;
  }
  const input = task.input as { options?: { dry_run?: boolean } } | null;
  const isDry = input?.options?.dry_run || resultOf(task)?.dry_run;
  return outcome === 'succeeded' && isDry ? t.good : t[outcome];
}

/** Rows a second and time left of a task that runs. It keeps its place before they are known. */
export function Speed({ task }: { task: Task }) {
  const t = words.value;
  if (task.status !== 2) return null;
  const samples = samplesOf(task.task_id);
  const rate = speed(samples);
  const left = secondsLeft(samples);
  return (
    <span class="speed">
      {task.progress}%{' '}
      {rate !== null && !isScoreTask(task) && !isMailing(task) && `· ${t.rows.perSecond(rate)}`}{' '}
      {left !== null && `· ${t.rows.left(left)}`}
    </span>
  );
}
