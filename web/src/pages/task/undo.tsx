// An undo: what became of the rows of its import, and the file of those that it kept.

import { hasEnded, type Task, undoneOf, undoOf } from '../../api/types';
import { Link, Note } from '../../parts/basics';
import { Download } from '../../parts/download';
import { words } from '../../state/look';

const OUTCOMES = ['deleted', 'restored', 'kept', 'gone'] as const;

/** The classes that have the colours of these outcomes. */
const CLASSES = { deleted: 'succeeded', restored: 'succeeded', kept: 'failed', gone: 'skipped' };

export function UndoTiles({ task }: { task: Task }) {
  const t = words.value;
  const { rows } = task;
  const result = undoneOf(task);
  if (!rows) return null;
  const of = undoOf(task)?.dry_run ? t.undo.would : t.undo.did;
  return (
    <ul class="tiles">
      <li>
        <span>{t.task.costRows}</span>
        <strong>{t.f.number(rows.read)}</strong>
      </li>
      {result?.deleted !== undefined &&
        OUTCOMES.map((outcome) => (
          <li key={outcome} class={(result[outcome] ?? 0) > 0 ? CLASSES[outcome] : 'none'}>
            <span>
              <span class="dot" aria-hidden="true" />
              {of[outcome]}
            </span>
            <strong>{t.f.number(result[outcome] ?? 0)}</strong>
          </li>
        ))}
    </ul>
  );
}

export function UndoNotes({ task }: { task: Task }) {
  const t = words.value.undo;
  const input = undoOf(task);
  const url = undoneOf(task)?.kept_rows_url;
  return (
    <>
      {input?.dry_run && hasEnded(task) && <Note>{t.dryNote}</Note>}
      {url && (
        <div class="actions">
          <Download
            task={task}
            url={url}
            of={(one) => undoneOf(one)?.kept_rows_url}
            label={t.download}
          />
        </div>
      )}
      {url && <p class="muted">{t.keptHint}</p>}
      <p class="muted">{t.mails}</p>
    </>
  );
}

/** Of an import: which task has undone it. */
export function UndoneBy({ task }: { task: Task }) {
  const t = words.value;
  if (!task.undone_by) return null;
  return (
    <Note>
      {t.undo.undone} <Link href={`/tasks/${task.undone_by}`}>{t.list.task(task.undone_by)}</Link>
    </Note>
  );
}
