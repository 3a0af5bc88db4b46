// Which page the address is for. The runner's gateway knows the same pages.

import { batch, signal } from '@preact/signals';
import { load } from './loading';
import { isMonth, usualRange } from './state/months';

/** Which tasks a list shows; blank for all. */
export interface Filter {
  status: string;
  type: string;
  business: string;
  /** Days, as `2026-01-31`. */
  from: string;
  to: string;
  search: string;
}

export const NO_FILTER: Filter = {
  status: '',
  type: '',
  business: '',
  from: '',
  to: '',
  search: '',
};

/** Blank for how files are read. */
export type SettingsPart = '' | 'schedules' | 'webhooks' | 'mails';

const PARTS: SettingsPart[] = ['schedules', 'webhooks', 'mails'];

export type Route =
  | { page: 'import' | 'export'; business: string }
  | ({ page: 'tasks' } & Filter)
  | { page: 'settings'; part: SettingsPart }
  /** Whose scores, of which months; without a member nobody's. */
  | { page: 'scores'; member: string; from: string; to: string }
  | { page: 'task'; taskId: number };

export function read(path: string, search: string): Route {
  const task = /^\/tasks\/(\d+)$/.exec(path);
  if (task) return { page: 'task', taskId: Number(task[1]) };
  const query = new URLSearchParams(search);
  const business = query.get('business') ?? '';
  if (path === '/import') return { page: 'import', business };
  if (path === '/exports') return { page: 'export', business };
  if (path === '/settings') {
    const part = query.get('part');
    return { page: 'settings', part: PARTS.find((one) => one === part) ?? '' };
  }
  if (path === '/scores') {
    const usual = usualRange();
    const month = (name: 'from' | 'to') => {
      const value = query.get(name) ?? '';
      return isMonth(value) ? value : usual[name];
    };
    const member = (query.get('member') ?? '').trim();
    return { page: 'scores', member, from: month('from'), to: month('to') };
  }
  const one = (name: string, form: RegExp) => {
    const value = query.get(name) ?? '';
    return form.test(value) ? value : '';
  };
  return {
    page: 'tasks',
    status: one('status', /^[1-5](,[1-5])*$/),
    type: one('type', /^[0-2]$/),
    business,
    from: one('from', DAY),
    to: one('to', DAY),
    search: (query.get('search') ?? '').slice(0, 200),
  };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const current = () => read(location.pathname, location.search);

/** The page that is shown. It follows the address as soon as the page's code is here. */
export const route = signal<Route>({ page: 'tasks', ...NO_FILTER });
/** Whether the page that the address is for is still being loaded; the one before stays until then. */
export const isComing = signal(false);

let arrivals = 0;

/** Begins to follow the address. Resolves when its page can be drawn, or could not be loaded. */
export async function follow(): Promise<void> {
  addEventListener('popstate', () => arrive(false));
  await arrive(false);
}

/** Goes to a page; `replace` leaves no step to go back to. */
export function go(path: string, replace = false): void {
  if (replace) history.replaceState(null, '', path);
  else history.pushState(null, '', path);
  arrive(!replace);
}

/** Shows the page of the address, also if its code cannot be loaded. Of several at once the last counts. */
export function arrive(fromTop: boolean): Promise<void> | undefined {
  arrivals += 1;
  const arrival = arrivals;
  const next = current();
  const show = () => {
    if (arrival !== arrivals) return;
    batch(() => {
      route.value = next;
      isComing.value = false;
    });
    if (fromTop) scrollTo(0, 0);
  };
  const loading = load(next.page);
  isComing.value = loading !== null;
  if (loading) return loading.then(show);
  show();
}
