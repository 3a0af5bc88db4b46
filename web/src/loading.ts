// The code of the pages: each is loaded when it is opened, and kept.

import { signal } from '@preact/signals';

const sources = {
  import: () => import('./pages/import'),
  export: () => import('./pages/export'),
  tasks: () => import('./pages/tasks'),
  task: () => import('./pages/task'),
  scores: () => import('./pages/scores'),
  settings: () => import('./pages/settings'),
};

export type PageName = keyof typeof sources;
export type Pages = { [Name in PageName]: Awaited<ReturnType<(typeof sources)[Name]>> };

/** The pages whose code is here. */
export const loaded = signal<Partial<Pages>>({});

/** The page whose code could not be loaded when it was wanted last. */
export const failed = signal<PageName | null>(null);

/**
 * Loads a page's code, or notes that it has failed. Null where it is here already, so that a page that
 * was seen is shown at once.
 */
export function load(name: PageName): Promise<void> | null {
  return name in loaded.peek() ? null : fetchPage(name);
}

async function fetchPage(name: PageName): Promise<void> {
  try {
    const page = await sources[name]();
    loaded.value = { ...loaded.peek(), [name]: page };
  } catch {
    failed.value = name;
  }
}
