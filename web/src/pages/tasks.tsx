// The tasks of the station, newest first, as they go on.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { hideTasks } from '../api/calls';
import { can, hasEnded, isExport, type Task, type Totals } from '../api/types';
import { Actions } from '../parts/actions';
import { askedInShort } from '../parts/asked';
import { Badge, Link, Note, TaskBar, Trouble, troubleWords } from '../parts/basics';
import { CountLine, Speed } from '../parts/counts';
import { type Filter, go, isComing, NO_FILTER } from '../route';
import { businessOf, titleOf, useBusinesses } from '../state/businesses';
import { lastHidden, noteHidden, undoHiding } from '../state/hidden';
import { words } from '../state/look';
import { nameOf } from '../state/names';
import { isAwaited } from '../state/notify';
import { type Poll, poll } from '../state/polling';
import { type Listed, listed, moreTasks, refreshList, trouble } from '../state/tasks';

const keyOf = (filter: Filter) => JSON.stringify(filter);

export function Tasks({ filter }: { filter: Filter }) {
  const t = words.value;
  const poller = useRef<Poll | null>(null);
  const { status, type, business, from, to, search } = filter;
  useEffect(() => {
    listed.value = null;
    const wanted = { status, type, business, from, to, search };
    const polling = poll(() => refreshList(wanted), isAwaited);
    poller.current = polling;
    return () => polling.stop();
  }, [status, type, business, from, to, search]);

  const refresh = () => poller.current?.now();
  const list = listed.value;
  return (
    <>
      <div class="head">
        <h1>{t.list.title}</h1>
        <HideEnded tasks={list?.tasks ?? []} onChange={refresh} />
      </div>
      <Filters filter={filter} />
      {trouble.value && <Trouble error={trouble.value} onAgain={refresh} />}
      {filter.search.trim() ? (
        <Found list={list} />
      ) : (
        <Counts filter={filter} totals={list?.totals ?? null} tasks={list?.tasks ?? null} />
      )}
      {!list && !trouble.value && <Skeleton />}
      {list && list.tasks.length === 0 && !list.nextCursor && <Empty filter={filter} />}
      {list && list.tasks.length > 0 && (
        <ul class="tasks">
          {list.tasks.map((task) => (
            <Row key={task.task_id} task={task} onChange={refresh} />
          ))}
        </ul>
      )}
      {list?.nextCursor && <More key={keyOf(filter)} filter={filter} count={list.tasks.length} />}
    </>
  );
}

function Row({ task, onChange }: { task: Task; onChange: () => void }) {
  const t = words.value;
  const facts = isExport(task)
    ? askedInShort(task)
    : [businessOf(task), task.type === 0 ? '' : (t.type[task.type] ?? '')];
  return (
    <li class="task">
      <div class="what">
        <Link href={`/tasks/${task.task_id}`}>{nameOf(task)}</Link>
        <span class="muted">
          {facts.filter(Boolean).join(' · ')} ·{' '}
          <time dateTime={task.create_time} title={t.f.time(task.create_time)}>
            {t.f.shortTime(task.create_time)}
          </time>
        </span>
      </div>
      <div class="state">
        <Badge task={task} />
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

/** Shows other tasks. A step to go back to is left where a person would expect one. */
function choose(filter: Filter, change: Partial<Filter>): void {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, ...change })) {
    if (value) search.set(name, value);
  }
  go(search.size > 0 ? `/tasks?${search}` : '/tasks', true);
}

/** So long after the last key a search begins. */
const TYPING_MS = 400;

function Filters({ filter }: { filter: Filter }) {
  const t = words.value;
  const all = useBusinesses() ?? [];
  const statuses = Object.entries(t.status);
  const businesses = all.map((one): [string, string] => [one.business, titleOf(one)]);
  if (filter.business && !businesses.some(([name]) => name === filter.business)) {
    businesses.push([filter.business, filter.business]);
  }
  const select = (
    name: 'status' | 'type' | 'business',
    label: string,
    choices: [string, string][],
  ) => (
    <label class="inline">
      <span>{label}</span>
      <select
        value={filter[name]}
        onChange={(event) => choose(filter, { [name]: event.currentTarget.value })}
      >
        <option value="">{t.list.all}</option>
        {choices.map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
  const day = (name: 'from' | 'to', label: string) => (
    <label class="inline">
      <span>{label}</span>
      <input
        type="date"
        value={filter[name]}
        aria-invalid={isBackwards(filter)}
        onChange={(event) => choose(filter, { [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <search class="filters">
      <Search filter={filter} />
      {select('status', t.list.status, statuses)}
      {select('type', t.list.type, Object.entries(t.type))}
      {select('business', t.list.business, businesses)}
      {day('from', t.list.from)}
      {day('to', t.list.to)}
      {keyOf({ ...NO_FILTER, ...plain(filter) }) !== keyOf(NO_FILTER) && (
        <Link href="/tasks">{t.list.clear}</Link>
      )}
    </search>
  );
}

/** Whether the first day is after the last. */
const isBackwards = ({ from, to }: Filter) => from !== '' && to !== '' && from > to;

/** The filter without what else the route has. */
const plain = ({ status, type, business, from, to, search }: Filter): Filter => ({
  status,
  type,
  business,
  from,
  to,
  search,
});

function Search({ filter }: { filter: Filter }) {
  const t = words.value.list;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(filter);
  latest.current = filter;
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (text: string) => {
    // Nobody is called back who has left for a page that is being loaded.
    if (!isComing.peek()) choose(latest.current, { search: text.trim() });
  };
  return (
    <label class="inline">
      <span class="unseen">{t.search}</span>
      <input
        type="search"
        placeholder={t.searchHint}
        aria-label={t.search}
        maxLength={200}
        defaultValue={filter.search}
        key={filter.search === '' ? 'blank' : 'search'}
        onInput={(event) => {
          const text = event.currentTarget.value;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => search(text), TYPING_MS);
        }}
      />
    </label>
  );
}

/** How many tasks a search has found so far. The counts by status are of all tasks, found or not. */
function Found({ list }: { list: Listed | null }) {
  const t = words.value.list;
  return (
    <div class="line totals">
      <p class="muted live" role="status">
        {list ? t.found(list.tasks.length, list.nextCursor !== null) : '…'}
      </p>
    </div>
  );
}

/** How many tasks there are, by status: all of them, not those of the page. */
function Counts(props: { filter: Filter; totals: Totals | null; tasks: Task[] | null }) {
  const { filter, totals, tasks } = props;
  const t = words.value;
  const seen = tasks?.filter((task) => !hasEnded(task)).length ?? 0;
  const open = totals ? totals.submitted + totals.running : seen;
  const counts: [string, number][] = totals
    ? [
        ['1', totals.submitted],
        ['2', totals.running],
        ['3', totals.finished],
        ['4', totals.partly_succeeded],
        ['5', totals.failed],
      ]
    : [];
  return (
    <div class="line totals">
      <p class="muted live" role="status">
        {tasks ? t.list.live(open) : '…'}
      </p>
      {totals &&
        counts
          .filter(([, count]) => count > 0)
          .map(([status, count]) => (
            <button
              key={status}
              type="button"
              class={`badge status-${status} chip`}
              aria-pressed={filter.status === status}
              onClick={() => choose(filter, { status: filter.status === status ? '' : status })}
            >
              {t.status[Number(status)]} {t.f.number(count)}
            </button>
          ))}
      {totals && !totals.complete && <span class="muted">{t.list.newest}</span>}
    </div>
  );
}

function HideEnded({ tasks, onChange }: { tasks: Task[]; onChange: () => void }) {
  const t = words.value.list;
  const problem = useSignal('');
  const busy = useSignal(false);
  // As many as the API takes at a time.
  const ended = tasks.filter((task) => can(task, 'hide')).slice(0, 100);
  const hidden = lastHidden.value.length;
  const act = async (call: () => Promise<void>) => {
    if (busy.value) return;
    busy.value = true;
    problem.value = '';
    try {
      await call();
      onChange();
    } catch (error) {
      problem.value = troubleWords(error as Error);
    }
    busy.value = false;
  };
  const hide = async () => {
    const ids = ended.map((task) => task.task_id);
    await hideTasks(ids);
    noteHidden(ids);
  };
  return (
    <div class="hide">
      <span class="muted" role="status">
        {problem.value || (hidden > 0 && t.hidden(hidden))}
      </span>
      {hidden > 0 && (
        <button type="button" disabled={busy.value} onClick={() => void act(undoHiding)}>
          {t.undo}
        </button>
      )}
      <button
        type="button"
        disabled={ended.length === 0 || busy.value}
        onClick={() => void act(hide)}
      >
        {ended.length > 0 ? t.hideEnded(ended.length) : t.hideNone}
      </button>
    </div>
  );
}

function Empty({ filter }: { filter: Filter }) {
  const t = words.value;
  const isFiltered = keyOf(plain(filter)) !== keyOf(NO_FILTER);
  return (
    <div class="empty">
      <h2>{isFiltered ? t.list.none : t.list.empty}</h2>
      <p>
        {isBackwards(filter) ? t.list.backwards : isFiltered ? t.list.noneHint : t.list.emptyHint}
      </p>
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

/** Reads on when it comes into view, and when it is pressed. */
function More({ filter, count }: { filter: Filter; count: number }) {
  const busy = useSignal(false);
  const problem = useSignal<Error | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const load = async () => {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    await moreTasks(filter).catch((error: Error) => {
      problem.value = error;
    });
    busy.value = false;
  };
  const latest = useRef(load);
  latest.current = load;
  // Anew after each page: a button that stays in view is not told of again.
  useEffect(() => {
    const seen = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting) && !problem.peek()) void latest.current();
    });
    if (button.current) seen.observe(button.current);
    return () => seen.disconnect();
  }, [count, busy.value, problem]);
  return (
    <p class="more">
      {problem.value && <Note kind="bad">{troubleWords(problem.value)}</Note>}
      <button type="button" ref={button} disabled={busy.value} onClick={() => void load()}>
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
