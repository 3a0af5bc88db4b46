// What can be imported: read once, as it changes with a release only.

import { signal } from '@preact/signals';
import { listBusinesses } from '../api/calls';
import type { Business } from '../api/types';

/** Null until the answer. */
export const businesses = signal<Business[] | null>(null);
export const businessTrouble = signal<Error | null>(null);

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
