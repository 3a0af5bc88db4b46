// What a task is called: by its file, or by what is exported, undone, evaluated, reconciled or sent.

import { mailingOf } from '../api/mails';
import { evaluationOf, reconciliationOf } from '../api/scores';
import { inputOf, isExport, type Task, undoOf } from '../api/types';
import { businessOf } from './businesses';
import { words } from './look';

export function nameOf(task: Task): string {
  if (isExport(task)) return words.value.export.name(businessOf(task));
  const undo = undoOf(task);
  if (undo) return words.value.undo.name(undo.file_name, undo.dry_run);
  const { scores, mails, f } = words.value;
  const mailing = mailingOf(task);
  if (mailing) return mails.name(mailing.template);
  const evaluation = evaluationOf(task);
  if (evaluation) return scores.evaluation(f.month(evaluation.period), evaluation.dry_run);
  const months = reconciliationOf(task);
  if (months) return scores.reconciliation(f.month(months.from), f.month(months.to));
  return inputOf(task)?.file_name ?? task.task_name;
}
