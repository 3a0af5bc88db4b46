// Which page the address is for. The runner's gateway knows the same pages.

import { signal } from '@preact/signals';
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

export const route = signal<Route>({ page: 'tasks', ...NO_FILTER });

export function follow(): void {
  route.value = current();
  addEventListener('popstate', () => {
    route.value = current();
  });
}

/** Goes to a page; `replace` leaves no step to go back to. */
export function go(path: string, replace = false): void {
  if (replace) history.replaceState(null, '', path);
  else history.pushState(null, '', path);
  route.value = current();
  if (!replace) scrollTo(0, 0);
}
