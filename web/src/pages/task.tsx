// One task: how far it is, what happened, what was wrong, and what can be done about it.

import { useEffect, useRef } from 'preact/hooks';
import { isMailing } from '../api/mails';
import { Refusal } from '../api/refusal';
import { isEvaluation, isReconciliation, isScoreTask } from '../api/scores';
import {
  can,
  exportOf,
  hasEnded,
  inputOf,
  isDryRun,
  isImport,
  isUndo,
  resultOf,
  type Task,
} from '../api/types';
import { Actions } from '../parts/actions';
import { Badge, Link, Note, TaskBar, Trouble } from '../parts/basics';
import { CountTiles, Speed } from '../parts/counts';
import { Download } from '../parts/download';
import { NotifyChoice } from '../parts/notify';
import { Plot } from '../parts/plot';
import { ReasonWords } from '../parts/reason';
import { SameFile } from '../parts/same';
import { isMended } from '../parts/state';
import { businessOf, useBusinesses } from '../state/businesses';
import { words } from '../state/look';
import { nameOf } from '../state/names';
import { isAwaited } from '../state/notify';
import { type Poll, poll } from '../state/polling';
import { opened, refreshTask, trouble } from '../state/tasks';
import { Children } from './task/children';
import { endingOf } from './task/ending';
import { Evaluated, EvaluationNotes, EvaluationTiles } from './task/evaluation';
import { Asked, Exported, ExportTiles, Offer } from './task/export';
import { Costs, FileFacts, Times } from './task/facts';
import { History } from './task/history';
import { Mailed, MailingAsked, MailingNotes, MailingTiles } from './task/mailing';
import { Problems } from './task/problems';
import { Profile } from './task/profile';
import { Reconciled, ReconciliationTiles } from './task/reconciliation';
import { RowErrorsTable } from './task/row_errors';
import { UndoNotes, UndoneBy, UndoTiles } from './task/undo';
import { Why } from './task/why';

export function TaskPage({ taskId }: { taskId: number }) {
  const t = words.value;
  const poller = useRef<Poll | null>(null);
  useEffect(() => {
    opened.value = null;
    trouble.value = null;
    const polling = poll(() => refreshTask(taskId), isAwaited);
    poller.current = polling;
    return () => polling.stop();
  }, [taskId]);

  const refresh = () => poller.current?.now();
  const task = opened.value?.task_id === taskId ? opened.value : null;
  const problem = trouble.value;
  if (!task && problem instanceof Refusal && problem.code === 40401) return <NotFound />;
  return (
    <>
      {problem && <Trouble error={problem} onAgain={refresh} />}
      {task ? (
        <Shown task={task} onChange={refresh} />
      ) : (
        <>
          <h1>{t.list.task(taskId)}</h1>
          <div class="card skeleton tall" aria-hidden="true" />
        </>
      )}
    </>
  );
}

function NotFound() {
  const t = words.value;
  return (
    <div class="empty">
      <h1>{t.trouble.notFound}</h1>
      <Link href="/tasks">{t.trouble.toTasks}</Link>
    </div>
  );
}

function Shown({ task, onChange }: { task: Task; onChange: () => void }) {
  const t = words.value;
  useBusinesses();
  const input = inputOf(task);
  const result = resultOf(task);
  const ended = hasEnded(task);
  const isExported = exportOf(task) !== null;
  const isUndoing = isUndo(task);
  const isMails = isMailing(task);
  /** Whether it is about members, and not about rows. */
  const isOfMembers = isScoreTask(task) || isMails;
  /** Whether its rows are those of a file, with an outcome each. */
  const isOfRows = !isExported && !isUndoing && !isOfMembers;
  // What was read for an export that failed is in no file.
  const isLost = isExported && task.status === 5;
  const isDry = isDryRun(task);
  // The rows that an undo kept are in a file of their own.
  const hasErrors =
    ended &&
    !isUndoing &&
    !isOfMembers &&
    (task.rows?.failed ?? 0) + (task.rows?.duplicate ?? 0) > 0;
  return (
    <>
      <div class="head">
        <div>
          <h1>{nameOf(task)}</h1>
          <p class="muted">
            {!isExported && `${businessOf(task)} · `}
            {t.list.task(task.task_id)}
          </p>
        </div>
        <Actions task={task} onChange={onChange} all />
      </div>
      <section class="card" aria-label={t.task.progress}>
        <div class="line state">
          <Badge task={task} />
          <Speed task={task} />
          {ended && task.start_time && task.end_time && (
            <span class="muted">
              {t.task.took} {t.f.seconds(between(task.start_time, task.end_time))}
            </span>
          )}
        </div>
        <TaskBar task={task} />
        {isExported && <ExportTiles task={task} />}
        {isExported && <Offer task={task} />}
        {isUndoing && <UndoTiles task={task} />}
        {isEvaluation(task) && <EvaluationTiles task={task} />}
        {isReconciliation(task) && <ReconciliationTiles task={task} />}
        {isMails && <MailingTiles task={task} />}
        {task.rows && !task.same_as && isOfRows && <CountTiles task={task} rows={task.rows} />}
        {task.combined_rows && (
          <>
            <h2>{t.rows.combined}</h2>
            <CountTiles task={task} rows={task.combined_rows} />
          </>
        )}
        {task.same_as ? (
          <SameFile task={task} onChange={onChange} />
        ) : (
          <Reason task={task} isDryRun={isDry} />
        )}
        {isMails && <MailingNotes task={task} />}
        <UndoneBy task={task} />
        {isMended(task) && <Note kind="good">{t.task.mended}</Note>}
        {task.parent && (
          <p>
            <Link href={`/tasks/${task.parent}`}>{parentWords(task, task.parent)}</Link>
          </p>
        )}
        <Children task={task} />
        {isUndoing && <UndoNotes task={task} />}
        {isEvaluation(task) && <EvaluationNotes task={task} />}
        {isDry && ended && <Note>{t.task.dryRunNote}</Note>}
        {!task.message_show && <p class="muted">{t.task.hiddenNote}</p>}
        {!ended && <Why task={task} />}
        {!ended && <NotifyChoice />}
        <Failed task={task} />
      </section>
      <Evaluated task={task} />
      <Reconciled task={task} />
      <Mailed task={task} />
      {task.rows && (!ended || task.rows.read > 0) && !isLost && !isOfMembers && (
        <div class="columns">
          <Plot task={task} />
          {(result?.problem_counts?.length ?? 0) > 0 && (
            <Problems counts={result?.problem_counts ?? []} businessId={task.business_id} />
          )}
        </div>
      )}
      {hasErrors && (
        <RowErrorsTable
          key={task.run_count}
          taskId={task.task_id}
          businessId={task.business_id}
          title={isDry ? t.task.errorsDry : isMended(task) ? t.task.errorsAtFirst : t.task.errors}
        />
      )}
      <div class="columns">
        <Asked task={task} />
        <MailingAsked task={task} />
        <Exported task={task} />
        <Costs task={task} />
        <FileFacts task={task} />
        <Times task={task} />
      </div>
      <div class="columns">
        <History task={task} />
        {task.chunks && <Profile task={task} />}
      </div>
      {!input && isOfRows && task.result !== null && (
        <section class="card">
          <h2>{t.task.result}</h2>
          <pre>{JSON.stringify(task.result, null, 2)}</pre>
        </section>
      )}
    </>
  );
}

/** What it has to do with the task that it comes from. */
function parentWords(task: Task, parent: number): string {
  const t = words.value;
  if (isMailing(task)) return t.mails.of(parent);
  return isUndo(task) ? t.undo.of(parent) : t.task.continues(parent);
}

/** What happened, in the API's words where they are of the language or say more. */
function Reason({ task, isDryRun }: { task: Task; isDryRun: boolean }) {
  const t = words.value;
  if (!task.reason || isMended(task)) return null;
  const ending = t.instead && isImport(task) ? endingOf(task) : null;
  const said = ending && t.instead?.ended(ending, isDryRun);
  const isMore = !ending || ending.kind === 'other';
  return (
    <Note kind={task.status === 5 ? 'bad' : 'info'}>
      <strong>
        {t.task.reason}
        {t.colon}
      </strong>
      {said} {isMore && <ReasonWords task={task} />}
    </Note>
  );
}

/** The rows that were not imported, and the way back in. */
function Failed({ task }: { task: Task }) {
  const t = words.value.task;
  const result = resultOf(task);
  const url = result?.failed_rows_url;
  if (!url || isMended(task)) return null;
  return (
    <div class="failed-rows">
      <div class="actions">
        <Download
          task={task}
          url={url}
          of={(one) => resultOf(one)?.failed_rows_url}
          label={t.download}
        />
        {can(task, 'correct') && (
          <Link class="button" href={`/import?business=${task.business_id}`}>
            {t.resubmit}
          </Link>
        )}
      </div>
      {can(task, 'correct') && <p class="muted">{t.resubmitHint}</p>}
    </div>
  );
}

const between = (start: string, end: string) => (Date.parse(end) - Date.parse(start)) / 1000;
