// What people do to a task: cancel, pause, retry, hide. One call at a time, and what the API says to it.

import { useSignal } from '@preact/signals';
import { cancelTask, hideTasks, pauseTask, resumeTask, retryTask, showTasks } from '../api/calls';
import { isMailing } from '../api/mails';
import { isEvaluation, isReconciliation } from '../api/scores';
import { can, isExport, isImport, isUndo, type Task } from '../api/types';
import { noteHidden } from '../state/hidden';
import { words } from '../state/look';
import { show } from '../state/tasks';
import { useAct } from './act';
import { Note, troubleWords } from './basics';
import { Sure } from './sure';
import { UndoActions } from './undo';

/** With `all`, also what is done so rarely that a list has no room for it. */
export function Actions(props: { task: Task; onChange: () => void; all?: boolean }) {
  const { task, onChange, all } = props;
  const t = words.value;
  const { busy, problem, act } = useAct();
  const asking = useSignal(false);
  const name = t.list.task(task.task_id);

  const change = async (call: () => Promise<Task | null>) => {
    await act(async () => {
      const changed = await call();
      if (changed) show(changed);
      onChange();
    });
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
  const hide = async () => {
    await hideTasks([task.task_id]);
    noteHidden([task.task_id]);
    return null;
  };
  const mayCancel = can(task, 'cancel');
  return (
    <div class="actions">
      {mayCancel && !asking.value && button(t.task.cancel, () => (asking.value = true))}
      {mayCancel && asking.value && (
        <Sure
          label={`${t.task.cancel}: ${name}`}
          text={cancelWords(task)}
          yes={t.task.cancelYes}
          no={t.task.cancelNo}
          busy={busy.value}
          onYes={() => void change(() => cancelTask(task.task_id))}
          onNo={() => {
            asking.value = false;
          }}
        />
      )}
      {can(task, 'pause') && button(t.task.pause, () => void change(() => pauseTask(task.task_id)))}
      {can(task, 'resume') &&
        button(t.task.resume, () => void change(() => resumeTask(task.task_id)))}
      {can(task, 'retry') && button(t.task.retry, () => void change(() => retryTask(task.task_id)))}
      {all && can(task, 'undo') && <UndoActions task={task} name={name} />}
      {can(task, 'hide') && button(t.list.hide, () => void change(hide), 'quiet')}
      {can(task, 'show') && button(t.list.show, () => void change(() => showTasks([task.task_id])))}
      {problem.value && <Note kind="bad">{troubleWords(problem.value)}</Note>}
    </div>
  );
}

function cancelWords(task: Task): string {
  const t = words.value;
  if (isImport(task)) return t.task.cancelSure;
  if (isUndo(task)) return t.undo.cancelSure;
  if (isEvaluation(task)) return t.scores.cancelEvaluation;
  if (isReconciliation(task)) return t.scores.cancelReconciliation;
  if (isMailing(task)) return t.mails.cancelSure;
  return isExport(task) ? t.export.cancelSure : '';
}
