// Who did what with a task, asked for only while somebody wants to know.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { taskHistory } from '../../api/calls';
import type { Task, TaskHistory } from '../../api/types';
import { Trouble } from '../../parts/basics';
import { words } from '../../state/look';

export function History({ task }: { task: Task }) {
  const t = words.value;
  const open = useSignal(false);
  const answer = useSignal<TaskHistory | Error | null>(null);
  const isOpen = open.value;
  // What changes the task adds to its history.
  useEffect(() => {
    if (!isOpen) return;
    let isWanted = true;
    taskHistory(task.task_id)
      .catch((error: Error) => error)
      .then((found) => {
        if (isWanted) answer.value = found;
      });
    return () => {
      isWanted = false;
    };
  }, [isOpen, task.task_id, task.status, task.paused, task.message_show, task.run_count]);

  const found = answer.value;
  return (
    <details
      class="card"
      open={isOpen}
      onToggle={(event) => (open.value = event.currentTarget.open)}
    >
      <summary>
        <h2>{t.task.history}</h2>
      </summary>
      {found === null && <p>…</p>}
      {found instanceof Error && <Trouble error={found} />}
      {found && !(found instanceof Error) && (
        <ol class="events">
          {found.events.map((event) => (
            <li key={`${event.at} ${event.what}`}>
              <time dateTime={event.at}>{t.f.time(event.at)}</time>{' '}
              {t.task.events[event.what] ?? event.what}
              {event.by && <span class="muted"> {t.task.by(event.by)}</span>}
            </li>
          ))}
        </ol>
      )}
    </details>
  );
}
