// Rows by outcome, and how fast and how long.

import type { Rows, Task } from '../api/types';
import { resultOf } from '../api/types';
import { words } from '../state/look';
import { samplesOf, secondsLeft, speed } from '../state/samples';

export const OUTCOMES = ['succeeded', 'failed', 'duplicate', 'skipped'] as const;

/** The counts in a line; what is 0 is left out, but for what was imported. */
export function CountLine({ task }: { task: Task }) {
  const t = words.value;
  const { rows } = task;
  if (!rows) return null;
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
      {task.progress}% {rate !== null && `· ${t.rows.perSecond(rate)}`}{' '}
      {left !== null && `· ${t.rows.left(left)}`}
    </span>
  );
}
