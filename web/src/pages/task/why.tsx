// Why a task is not done, asked for only while somebody wants to know.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { explainTask } from '../../api/calls';
import { isMailing } from '../../api/mails';
import { isScoreTask } from '../../api/scores';
import { type Explanation, isExport, type Task } from '../../api/types';
import { words } from '../../state/look';
import { poll } from '../../state/polling';
import { restsUntil } from '../../state/resting';

/** Chunks that are listed. */
const MOST = 8;

export function Why({ task }: { task: Task }) {
  const t = words.value.task;
  const open = useSignal(false);
  const answer = useSignal<Explanation | null>(null);
  const isOpen = open.value;
  useEffect(() => {
    if (!isOpen) return;
    const polling = poll(async () => {
      answer.value = await explainTask(task.task_id);
      return answer.value.waiting_for === 'nothing' ? 'never' : 'fast';
    });
    return () => polling.stop();
  }, [isOpen, task.task_id]);

  return (
    <details
      class="why"
      open={isOpen}
      onToggle={(event) => (open.value = event.currentTarget.open)}
    >
      <summary>{t.why}</summary>
      <div class="answer">
        {answer.value ? <Said task={task} answer={answer.value} /> : <p>…</p>}
      </div>
    </details>
  );
}

function Said({ task, answer }: { task: Task; answer: Explanation }) {
  const { task: t, instead, f, export: e, scores, mails } = words.value;
  // Parts of these are no rows of a file.
  const isScores = isScoreTask(task);
  const isMails = isMailing(task);
  const isOther = isExport(task) || isScores || isMails;
  const of = isScores ? scores : isMails ? mails : isExport(task) ? e : null;
  const isResting = answer.waiting_for === 'resume' && restsUntil(task) !== null;
  const open = answer.chunks_open ?? 0;
  const isHandled = answer.waiting_for === 'handler';
  return (
    <>
      <p>
        {isResting
          ? mails.goesOn
          : (of?.waiting[answer.waiting_for] ?? t.waiting[answer.waiting_for])}
      </p>
      {!instead && <p class="muted">{answer.explanation}</p>}
      {instead && isHandled && (
        <p class="muted">
          {instead.handler(task.task_name, task.status === 2, f.time(task.modify_time))}
        </p>
      )}
      {open > 0 && <p>{isOther ? e.chunks(open) : t.chunks(open)}</p>}
      <ul class="chunks">
        {answer.chunks.slice(0, MOST).map((chunk) => (
          <li key={chunk.chunk}>
            {isOther
              ? e.chunk(
                  chunk.chunk + 1,
                  chunk.state === 'running'
                    ? (of ?? e).running
                    : (t.chunkStates[chunk.state] ?? ''),
                )
              : t.chunk(chunk.first_row, chunk.rows, t.chunkStates[chunk.state] ?? chunk.state)}
            {instead && chunk.search && (
              <span class="muted">
                {' '}
                {instead.searching(chunk.search.first_row, chunk.search.last_row)}
              </span>
            )}
            {chunk.last_error && (
              <span class="muted" lang="en">
                {' '}
                {chunk.last_error}
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
