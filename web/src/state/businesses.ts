// What can be imported: read once, as it changes with a release only.

import { signal } from '@preact/signals';
import { listBusinesses } from '../api/calls';
import type { Business } from '../api/types';
import { chineseHeader } from '../preview/example';
import { language } from './look';

/** Null until the answer. */
export const businesses = signal<Business[] | null>(null);
export const businessTrouble = signal<Error | null>(null);

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
