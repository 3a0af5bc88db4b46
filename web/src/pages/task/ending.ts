// How an import ended, as far as its counts and its status tell.

import type { Task } from '../../api/types';
import type { Ending } from '../../words/instead';

/** What domain/task/src/books/ending.rs says of rows that were not accepted: no more than counts. */
const COUNTED = /^[\d,]+ of [\d,]+ rows .* imported \(\d+ failed, \d+ duplicate\): see the failed/;

/** Null where there is nothing to explain. */
export function endingOf(task: Task): Ending | null {
  const { reason, rows } = task;
  if (!reason) return null;
  const stored = rows?.succeeded ?? 0;
  if (reason === 'cancelled') return { kind: 'cancelled', stored };
  if (!rows || !COUNTED.test(reason)) return { kind: 'other', stored };
  const { read, failed, duplicate } = rows;
  return { kind: 'counted', read, stored, failed, duplicate };
}
