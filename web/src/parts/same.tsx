// A file that was imported before: what that means, and the ways on.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { getTask, retryTask } from '../api/calls';
import type { Task } from '../api/types';
import { words } from '../state/look';
import { show } from '../state/tasks';
import { useAct } from './act';
import { Badge, Link, Note, troubleWords } from './basics';

/** Of a task that was not imported because another one has the same file. */
export function SameFile({ task, onChange }: { task: Task; onChange: () => void }) {
  const t = words.value;
  const first = task.same_as;
  const other = useSignal<Task | null>(null);
  const { busy, problem, act } = useAct();
  useEffect(() => {
    if (!first) return;
    getTask(first)
      .then((found) => {
        other.value = found;
      })
      .catch(() => {
        // Its number is enough to go there.
      });
  }, [first, other]);
  if (!first) return null;
  const again = async () => {
    show(await retryTask(task.task_id, true));
    onChange();
  };
  return (
    <Note>
      <SameWords first={first} other={other.value} title={t.same.title} />
      <div class="actions">
        <button type="button" class="primary" disabled={busy.value} onClick={() => void act(again)}>
          {t.same.anyway}
        </button>
        <Link class="button" href={`/tasks/${first}`}>
          {t.same.see}
        </Link>
      </div>
      {problem.value && <p role="alert">{troubleWords(problem.value)}</p>}
    </Note>
  );
}

export function SameWords(props: { first: number; other: Task | null; title: string }) {
  const t = words.value;
  const { first, other, title } = props;
  return (
    <>
      <p>
        <strong>{title}</strong>{' '}
        {other ? (
          <>
            {t.same.when(t.f.time(other.create_time), first)} <Badge task={other} />
          </>
        ) : (
          t.list.task(first)
        )}
      </p>
      <p>{t.same.hint}</p>
    </>
  );
}
