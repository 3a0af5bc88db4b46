// Taking an import back: first it can be counted what would become of its rows. Either is a task of its own.

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { undoTask } from '../api/calls';
import type { Task } from '../api/types';
import { go } from '../route';
import { words } from '../state/look';
import { useAct } from './act';
import { Note, troubleWords } from './basics';
import { Sure } from './sure';

export function UndoActions({ task, name }: { task: Task; name: string }) {
  const t = words.value.undo;
  const { busy, problem, act } = useAct();
  const asking = useSignal(false);
  // Whoever clicks again because no answer came gets the same task.
  const ids = useRef({ true: crypto.randomUUID(), false: crypto.randomUUID() });

  const undo = async (dryRun: boolean) => {
    await act(async () => {
      const id = dryRun ? ids.current.true : ids.current.false;
      const begun = await undoTask(task.task_id, dryRun, `undo-${id}`);
      go(`/tasks/${begun.task_id}`);
    });
    asking.value = false;
  };
  return (
    <>
      {asking.value ? (
        <Sure
          label={`${t.undo}: ${name}`}
          text={t.sure}
          yes={t.yes}
          no={t.no}
          busy={busy.value}
          onYes={() => void undo(false)}
          onNo={() => {
            asking.value = false;
          }}
        />
      ) : (
        <>
          <button
            type="button"
            class="quiet"
            disabled={busy.value}
            aria-label={`${t.count}: ${name}`}
            onClick={() => void undo(true)}
          >
            {t.count}
          </button>
          <button
            type="button"
            disabled={busy.value}
            aria-label={`${t.undo}: ${name}`}
            onClick={() => {
              asking.value = true;
            }}
          >
            {t.undo}
          </button>
        </>
      )}
      {problem.value && <Note kind="bad">{troubleWords(problem.value)}</Note>}
    </>
  );
}
