// Which page the address is for. The runner's gateway knows the same pages.

import { signal } from '@preact/signals';

export type Route =
  | { page: 'import'; business: string }
  | { page: 'tasks'; status: string; type: string; business: string }
  | { page: 'task'; taskId: number };

export function read(path: string, search: string): Route {
  const task = /^\/tasks\/(\d+)$/.exec(path);
  if (task) return { page: 'task', taskId: Number(task[1]) };
  const query = new URLSearchParams(search);
  const business = query.get('business') ?? '';
  if (path === '/import') return { page: 'import', business };
  const one = (name: string, form: RegExp) => {
    const value = query.get(name) ?? '';
    return form.test(value) ? value : '';
  };
  return {
    page: 'tasks',
    status: one('status', /^[1-5]$/),
    type: one('type', /^[0-2]$/),
    business,
  };
}

const current = () => read(location.pathname, location.search);

export const route = signal<Route>({ page: 'tasks', status: '', type: '', business: '' });

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
