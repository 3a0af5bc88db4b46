// What can be imported: read once, as it changes with a release only.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { listBusinesses } from '../api/calls';
import type { Business, Task } from '../api/types';
import { chineseHeader } from '../preview/example';
import { language, words } from './look';

/** Null until the answer. */
export const businesses = signal<Business[] | null>(null);
export const businessTrouble = signal<Error | null>(null);

/** What a business is called in the language of the console. */
export const titleOf = (business: Business): string =>
  business.titles[language.value] ?? business.title;

/** The same of the one that a task belongs to, by the name that the task has until it is known. */
export function businessOf(task: Task): string {
  const business = businesses.value?.find((one) => one.business === task.business_id);
  return business ? titleOf(business) : task.business_name;
}

/**
 * What a column is called in the language of the console, where its own name is of another: the
 * first of its headers that is Chinese.
 */
export function columnTitle(business: Business | undefined, name: string): string {
  if (language.value !== 'zh') return '';
  const column = business?.columns.find((one) => one.name === name);
  return column ? (chineseHeader(column) ?? '') : '';
}

let asking = false;

export async function loadBusinesses(): Promise<void> {
  if (businesses.value || asking) return;
  asking = true;
  try {
    businesses.value = await listBusinesses();
    businessTrouble.value = null;
  } catch (error) {
    businessTrouble.value = error as Error;
  } finally {
    asking = false;
  }
}

/** Has them read where the page says in its own language what the API says in English. */
export function useBusinesses(): Business[] | null {
  const isNeeded = words.value.instead !== null;
  useEffect(() => {
    if (isNeeded) void loadBusinesses();
  }, [isNeeded]);
  return businesses.value;
}
