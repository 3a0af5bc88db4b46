// The tasks of the station, newest first, as they go on.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { hideTasks } from '../api/calls';
import { hasEnded, inputOf, type Task } from '../api/types';
import { Actions } from '../parts/actions';
import { Badge, Link, Note, TaskBar, Trouble, troubleWords } from '../parts/basics';
import { CountLine, Speed } from '../parts/counts';
import { go } from '../route';
import { businessOf, useBusinesses } from '../state/businesses';
import { words } from '../state/look';
import { type Poll, poll } from '../state/polling';
import { type Filter, listed, moreTasks, refreshList, trouble } from '../state/tasks';

export function Tasks({ filter }: { filter: Filter }) {
  const t = words.value;
  const poller = useRef<Poll | null>(null);
  const { status, type, business } = filter;
  useBusinesses();
  useEffect(() => {
    listed.value = null;
    const polling = poll(() => refreshList({ status, type, business }));
    poller.current = polling;
    return () => polling.stop();
  }, [status, type, business]);

  const refresh = () => poller.current?.now();
  const list = listed.value;
  const running = list?.tasks.filter((task) => !hasEnded(task)).length ?? 0;
  return (
    <>
      <div class="head">
        <h1>{t.list.title}</h1>
        <Filters filter={filter} />
        <HideEnded tasks={list?.tasks ?? []} onChange={refresh} />
      </div>
      {trouble.value && <Trouble error={trouble.value} onAgain={refresh} />}
      <p class="muted live" role="status">
        {list ? t.list.live(running) : '…'}
      </p>
      {!list && !trouble.value && <Skeleton />}
      {list && list.tasks.length === 0 && <Empty filter={filter} />}
      {list && list.tasks.length > 0 && (
        <ul class="tasks">
          {list.tasks.map((task) => (
            <Row key={task.task_id} task={task} onChange={refresh} />
          ))}
        </ul>
      )}
      {list?.nextCursor && <More filter={filter} />}
    </>
  );
}

function Row({ task, onChange }: { task: Task; onChange: () => void }) {
  const t = words.value;
  const input = inputOf(task);
  const facts = [businessOf(task), task.type === 0 ? '' : (t.type[task.type] ?? '')];
  return (
    <li class="task">
      <div class="what">
        <Link href={`/tasks/${task.task_id}`}>{input?.file_name ?? task.task_name}</Link>
        <span class="muted">
          {facts.filter(Boolean).join(' · ')} ·{' '}
          <time dateTime={task.create_time} title={t.f.time(task.create_time)}>
            {t.f.shortTime(task.create_time)}
          </time>
        </span>
      </div>
      <div class="state">
        <Badge task={task} />
        {input?.options?.dry_run && <span class="badge plain">{t.list.dryRun}</span>}
      </div>
      <div class="progress">
        <TaskBar task={task} />
        <div class="line">
          {hasEnded(task) || task.rows?.read ? <CountLine task={task} /> : null}
          <Speed task={task} />
        </div>
      </div>
      <Actions task={task} onChange={onChange} />
    </li>
  );
}

function Filters({ filter }: { filter: Filter }) {
  const t = words.value;
  const choose = (change: Partial<Filter>) => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...filter, ...change })) {
      if (value) search.set(name, value);
    }
    go(search.size > 0 ? `/tasks?${search}` : '/tasks', true);
  };
  const select = (name: 'status' | 'type', label: string, choices: Record<string, string>) => (
    <label class="inline">
      <span>{label}</span>
      <select
        value={filter[name]}
        onChange={(event) => choose({ [name]: event.currentTarget.value })}
      >
        <option value="">{t.list.all}</option>
        {Object.entries(choices).map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="filters">
      {select('status', t.list.status, t.status)}
      {select('type', t.list.type, t.type)}
    </div>
  );
}

function HideEnded({ tasks, onChange }: { tasks: Task[]; onChange: () => void }) {
  const t = words.value.list;
  const said = useSignal('');
  const busy = useSignal(false);
  const ended = tasks.filter((task) => hasEnded(task) && task.message_show);
  const hide = async () => {
    if (busy.value) return;
    busy.value = true;
    try {
      // As many as the API takes at a time.
      const ids = ended.slice(0, 100).map((task) => task.task_id);
      await hideTasks(ids);
      said.value = t.hidden(ids.length);
      onChange();
    } catch (error) {
      said.value = troubleWords(error as Error);
    }
    busy.value = false;
  };
  return (
    <div class="hide">
      <button type="button" disabled={ended.length === 0 || busy.value} onClick={() => void hide()}>
        {t.hideEnded}
      </button>
      <span class="muted" role="status">
        {said.value}
      </span>
    </div>
  );
}

function Empty({ filter }: { filter: Filter }) {
  const t = words.value;
  const isFiltered = filter.status !== '' || filter.type !== '' || filter.business !== '';
  return (
    <div class="empty">
      <h2>{isFiltered ? t.list.none : t.list.empty}</h2>
      <p>{isFiltered ? t.list.noneHint : t.list.emptyHint}</p>
      {isFiltered ? (
        <Link href="/tasks">{t.list.clear}</Link>
      ) : (
        <Link href="/import" class="button primary">
          {t.nav.import}
        </Link>
      )}
    </div>
  );
}

function More({ filter }: { filter: Filter }) {
  const busy = useSignal(false);
  const problem = useSignal<Error | null>(null);
  const load = async () => {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    await moreTasks(filter).catch((error: Error) => {
      problem.value = error;
    });
    busy.value = false;
  };
  return (
    <p class="more">
      {problem.value && <Note kind="bad">{troubleWords(problem.value)}</Note>}
      <button type="button" disabled={busy.value} onClick={() => void load()}>
        {words.value.list.more}
      </button>
    </p>
  );
}

/** The shape of what comes, so that nothing jumps when it does. */
export function Skeleton() {
  return (
    <ul class="tasks" aria-hidden="true">
      {[0, 1, 2, 3].map((row) => (
        <li key={row} class="task skeleton" />
      ))}
    </ul>
  );
}
