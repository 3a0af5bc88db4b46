// Deliveries as they were last seen: the first page is read anew, and what is older stays as it was.

import type { Deliveries } from '../api/station';
import type { Pace } from './polling';

/** A message that is sent again so soon is waited for. */
const SOON_MS = 60_000;

/** The newest page in the place of what was shown of it, with older pages behind it. */
export function merged(shown: Deliveries | null, newest: Deliveries): Deliveries {
  const last = newest.deliveries[newest.deliveries.length - 1];
  // Without a next page there is nothing behind the newest one any more.
  if (!shown || !last || newest.next_cursor === null) return newest;
  const fresh = new Set(newest.deliveries.map((one) => one.id));
  const older = shown.deliveries.filter(
    (one) => !fresh.has(one.id) && one.created_at < last.created_at,
  );
  if (older.length === 0) return newest;
  return { deliveries: [...newest.deliveries, ...older], next_cursor: shown.next_cursor };
}

/** How soon something can be expected to have changed. */
export function paceOf({ deliveries }: Deliveries, now: number): Pace {
  const isSoon = deliveries.some(
    ({ state, next_attempt_at: next }) =>
      state === 'pending' && next !== null && Date.parse(next) - now < SOON_MS,
  );
  return isSoon ? 'fast' : 'slow';
}
