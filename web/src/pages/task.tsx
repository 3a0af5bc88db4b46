// One task: how far it is, what happened, what was wrong, and what can be done about it.

import { useEffect, useRef } from 'preact/hooks';
import { Refusal } from '../api/refusal';
import { hasEnded, inputOf, isImport, resultOf, type Task } from '../api/types';
import { Actions } from '../parts/actions';
import { Badge, Link, Note, TaskBar, Trouble } from '../parts/basics';
import { CountTiles, Speed } from '../parts/counts';
import { Plot } from '../parts/plot';
import { businessOf, useBusinesses } from '../state/businesses';
import { words } from '../state/look';
import { type Poll, poll } from '../state/polling';
import { opened, refreshTask, trouble } from '../state/tasks';
import { endingOf } from './task/ending';
import { Costs, FileFacts, Times } from './task/facts';
import { Problems } from './task/problems';
import { RowErrorsTable } from './task/row_errors';
import { Why } from './task/why';

export function TaskPage({ taskId }: { taskId: number }) {
  const t = words.value;
  const poller = useRef<Poll | null>(null);
  useEffect(() => {
    opened.value = null;
    trouble.value = null;
    const polling = poll(() => refreshTask(taskId));
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
  const isDry = input?.options?.dry_run ?? false;
  const hasErrors = ended && (task.rows?.failed ?? 0) + (task.rows?.duplicate ?? 0) > 0;
  return (
    <>
      <div class="head">
        <div>
          <h1>{input?.file_name ?? task.task_name}</h1>
          <p class="muted">
            {businessOf(task)} · {t.list.task(task.task_id)}
          </p>
        </div>
        <Actions task={task} onChange={onChange} />
      </div>
      <section class="card" aria-label={t.task.progress}>
        <div class="line state">
          <Badge task={task} />
          {isDry && <span class="badge plain">{t.list.dryRun}</span>}
          <Speed task={task} />
          {ended && task.start_time && task.end_time && (
            <span class="muted">
              {t.task.took} {t.f.seconds(between(task.start_time, task.end_time))}
            </span>
          )}
        </div>
        <TaskBar task={task} />
        {task.rows && <CountTiles task={task} rows={task.rows} />}
        {task.combined_rows && (
          <>
            <h2>{t.rows.combined}</h2>
            <CountTiles task={task} rows={task.combined_rows} />
          </>
        )}
        <Reason task={task} isDryRun={isDry} />
        {result?.parent && (
          <p>
            <Link href={`/tasks/${result.parent}`}>{t.task.continues(result.parent)}</Link>
          </p>
        )}
        {isDry && ended && <Note kind="good">{t.task.dryRunNote}</Note>}
        {!task.message_show && <p class="muted">{t.task.hiddenNote}</p>}
        {!ended && <Why task={task} />}
        <Failed task={task} />
      </section>
      {task.rows && (
        <div class="columns">
          <Plot task={task} />
          {(result?.problem_counts?.length ?? 0) > 0 && (
            <Problems counts={result?.problem_counts ?? []} />
          )}
        </div>
      )}
      {hasErrors && (
        <RowErrorsTable key={task.run_count} taskId={task.task_id} businessId={task.business_id} />
      )}
      <div class="columns">
        <Costs task={task} />
        <FileFacts task={task} />
        <Times task={task} />
      </div>
      {!input && task.result !== null && (
        <section class="card">
          <h2>{t.task.result}</h2>
          <pre>{JSON.stringify(task.result, null, 2)}</pre>
        </section>
      )}
    </>
  );
}

/** What happened, in the API's words where they are of the language or say more. */
function Reason({ task, isDryRun }: { task: Task; isDryRun: boolean }) {
  const t = words.value;
  if (!task.reason) return null;
  const ending = t.instead && isImport(task) ? endingOf(task) : null;
  const said = ending && t.instead?.ended(ending, isDryRun);
  const isMore = !ending || ending.kind === 'other';
  return (
    <Note kind={task.status === 5 ? 'bad' : 'info'}>
      <strong>
        {t.task.reason}
        {t.colon}
      </strong>
      {said} {isMore && <span lang="en">{task.reason}</span>}
    </Note>
  );
}

/** The link to them is good for an hour; an older one is asked for anew. */
const LINK_MS = 50 * 60_000;

/** The rows that were not imported, and the way back in. */
function Failed({ task }: { task: Task }) {
  const t = words.value.task;
  const result = resultOf(task);
  const url = result?.failed_rows_url;
  const since = useRef(0);
  useEffect(() => {
    since.current = Date.now();
  }, [url]);
  if (!url || !/^https?:/.test(url)) return null;
  return (
    <div class="failed-rows">
      <div class="actions">
        <a
          class="button primary"
          href={url}
          download="failed_rows.csv"
          onClick={(event) => {
            if (Date.now() - since.current < LINK_MS) return;
            event.preventDefault();
            void refreshTask(task.task_id).then(() => {
              const fresh = opened.value && resultOf(opened.value)?.failed_rows_url;
              if (fresh) location.assign(fresh);
            });
          }}
        >
          {t.download}
        </a>
        {!result?.dry_run && (
          <Link class="button" href={`/import?business=${task.business_id}`}>
            {t.resubmit}
          </Link>
        )}
      </div>
      {!result?.dry_run && <p class="muted">{t.resubmitHint}</p>}
    </div>
  );
}

const between = (start: string, end: string) => (Date.parse(end) - Date.parse(start)) / 1000;
