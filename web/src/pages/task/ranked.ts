// Counts by name as people read them: the largest first.

import type { Counts } from '../../api/scores';

export const ranked = (counts: Counts | undefined): [name: string, count: number][] =>
  Object.entries(counts ?? {}).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));

/** All counts together. */
export const sumOf = (counts: Counts | undefined): number =>
  Object.values(counts ?? {}).reduce((sum, n) => sum + n, 0);

/** The two ends of a change such as `silver>gold`; null where there was no tier. */
export function tiersOf(change: string): (string | null)[] {
  const ends = change.split('>');
  return ends.map((tier) => (tier === 'none' ? null : tier));
}
