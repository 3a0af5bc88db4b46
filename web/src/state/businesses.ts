// What can be imported: read once, as it changes with a release only.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { listBusinesses } from '../api/calls';
import { mailingOf } from '../api/mails';
import type { Business, Task } from '../api/types';
import { chineseHeader, englishHeader } from '../preview/example';
import { language, words } from './look';

/** Null until the answer. */
export const businesses = signal<Business[] | null>(null);
export const businessTrouble = signal<Error | null>(null);

/** What a business is called in the language of the console. */
export const titleOf = (business: Business): string =>
  business.titles[language.value] ?? business.title;

/** The same of the one that a task belongs to, by the name that the task has until it is known. */
export function businessOf(task: Task): string {
  const audience = mailingOf(task)?.audience;
  if (audience && 'addresses' in audience) return words.value.mails.business;
  const business = businesses.value?.find((one) => one.business === task.business_id);
  return business ? titleOf(business) : task.business_name;
}

/** What a column is called in the language of the console: the first of its headers that is of it. */
export function columnTitle(business: Business | undefined, name: string): string {
  const column = business?.columns.find((one) => one.name === name);
  if (!column) return '';
  const header = language.value === 'zh' ? chineseHeader(column) : englishHeader(column);
  return header ?? '';
}

/** The same of the columns that a problem names, which has `; ` between them. */
export const columnTitles = (business: Business | undefined, names: string): string =>
  names
    .split('; ')
    .map((name) => columnTitle(business, name))
    .filter(Boolean)
    .join('; ');

/** A column by its title and by its name. */
export function columnWords(business: Business, name: string): string {
  const title = columnTitle(business, name);
  return title ? `${title} (${name})` : name;
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

/** Has them read. */
export function useBusinesses(): Business[] | null {
  useEffect(() => void loadBusinesses(), []);
  return businesses.value;
}
