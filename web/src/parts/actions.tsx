// What people do to a task: cancel, retry, hide. One call at a time, and what the API says to it.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
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
        <Sure
          text={isImport(task) ? t.task.cancelSure : ''}
          busy={busy.value}
          name={name}
          onYes={() => void act(() => cancelTask(task.task_id))}
          onNo={() => {
            asking.value = false;
          }}
        />
      )}
      {mayRetry && button(t.task.retry, () => void act(() => retryTask(task.task_id)))}
      {hasEnded(task) &&
        task.message_show &&
        button(t.list.hide, () => void act(() => hideTasks([task.task_id])), 'quiet')}
      {problem.value && <Note kind="bad">{troubleWords(problem.value)}</Note>}
    </div>
  );
}

/** Asks before something is ended. The focus is on the harmless answer, and Escape gives it. */
function Sure(props: {
  text: string;
  busy: boolean;
  name: string;
  onYes: () => void;
  onNo: () => void;
}) {
  const t = words.value.task;
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => no.current?.focus(), []);
  return (
    <span
      class="sure"
      role="alertdialog"
      aria-label={`${t.cancel}: ${props.name}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') props.onNo();
      }}
    >
      {props.text}
      <button type="button" class="danger" disabled={props.busy} onClick={props.onYes}>
        {t.cancelYes}
      </button>
      <button type="button" ref={no} onClick={props.onNo}>
        {t.cancelNo}
      </button>
    </span>
  );
}
