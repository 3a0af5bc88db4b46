// Why a task is not done, asked for only while somebody wants to know.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { explainTask } from '../../api/calls';
import type { Explanation, Task } from '../../api/types';
import { words } from '../../state/look';
import { poll } from '../../state/polling';

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
  const { task: t, instead, f } = words.value;
  const isHandled = answer.waiting_for === 'handler';
  return (
    <>
      <p>{t.waiting[answer.waiting_for]}</p>
      {!instead && <p class="muted">{answer.explanation}</p>}
      {instead && isHandled && (
        <p class="muted">
          {instead.handler(task.task_name, task.status === 2, f.time(task.modify_time))}
        </p>
      )}
      {(answer.chunks_open ?? 0) > 0 && <p>{t.chunks(answer.chunks_open ?? 0)}</p>}
      <ul class="chunks">
        {answer.chunks.slice(0, MOST).map((chunk) => (
          <li key={chunk.chunk}>
            {t.chunk(chunk.first_row, chunk.rows, t.chunkStates[chunk.state] ?? chunk.state)}
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
