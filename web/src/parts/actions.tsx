// What people do to a task: cancel, retry, hide. One call at a time, and what the API says to it.

import { useSignal } from '@preact/signals';
import { cancelTask, hideTasks, retryTask } from '../api/calls';
import { hasEnded, isImport, type Task } from '../api/types';
import { words } from '../state/look';
import { show } from '../state/tasks';
import { Note, troubleWords } from './basics';

export function Actions({ task, onChange }: { task: Task; onChange: () => void }) {
  const t = words.value;
  const busy = useSignal(false);
  const asking = useSignal(false);
  const problem = useSignal<Error | null>(null);
  const name = t.list.task(task.task_id);

  const act = async (call: () => Promise<Task | null>) => {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      const changed = await call();
      if (changed) show(changed);
      onChange();
    } catch (error) {
      problem.value = error as Error;
    }
    busy.value = false;
    asking.value = false;
  };
  const button = (label: string, onClick: () => void, kind = '') => (
    <button
      type="button"
      class={kind}
      disabled={busy.value}
      aria-label={`${label}: ${name}`}
      onClick={onClick}
    >
      {label}
    </button>
  );
  const mayRetry = task.status === 4 || task.status === 5;
  return (
    <div class="actions">
      {!hasEnded(task) && !asking.value && button(t.task.cancel, () => (asking.value = true))}
      {!hasEnded(task) && asking.value && (
        <span class="sure" role="alertdialog" aria-label={t.task.cancelSure}>
          {isImport(task) && <span>{t.task.cancelSure}</span>}
          {button(t.task.cancelYes, () => void act(() => cancelTask(task.task_id)), 'danger')}
          {button(t.task.cancelNo, () => (asking.value = false))}
        </span>
      )}
      {mayRetry && button(t.task.retry, () => void act(() => retryTask(task.task_id)))}
      {hasEnded(task) &&
        task.message_show &&
        button(t.list.hide, () => void act(() => hideTasks([task.task_id])), 'quiet')}
      {problem.value && <Note kind="bad">{troubleWords(problem.value)}</Note>}
    </div>
  );
}
