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
      <div class="answer">{answer.value ? <Said answer={answer.value} /> : <p>…</p>}</div>
    </details>
  );
}

function Said({ answer }: { answer: Explanation }) {
  const t = words.value.task;
  return (
    <>
      <p>{t.waiting[answer.waiting_for]}</p>
      <p class="muted" lang="en">
        {answer.explanation}
      </p>
      {(answer.chunks_open ?? 0) > 0 && <p>{t.chunks(answer.chunks_open ?? 0)}</p>}
      <ul class="chunks">
        {answer.chunks.slice(0, MOST).map((chunk) => (
          <li key={chunk.chunk}>
            {t.chunk(chunk.first_row, chunk.rows, t.chunkStates[chunk.state] ?? chunk.state)}
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
