import { expect, test } from 'vitest';
import type { Deliveries, Delivery } from '../api/station';
import { merged, paceOf } from './deliveries';

const at = (second: number) => new Date(second * 1000).toISOString();
const one = (id: number, more: Partial<Delivery> = {}) =>
  ({
    id: `d${id}`,
    created_at: at(id),
    state: 'delivered',
    next_attempt_at: null,
    ...more,
  }) as Delivery;
const page = (ids: number[], next: string | null): Deliveries => ({
  deliveries: ids.map((id) => one(id)),
  next_cursor: next,
});
const ids = ({ deliveries }: Deliveries) => deliveries.map(({ id }) => id).join(' ');

test('the newest page is read anew, and older ones stay behind it', () => {
  const shown = page([5, 4, 3, 2], 'd2');
  const after = merged(shown, page([6, 5, 4], 'd4'));
  expect(ids(after)).toBe('d6 d5 d4 d3 d2');
  expect(after.next_cursor).toBe('d2');
  // What is not there any more goes.
  expect(ids(merged(shown, page([6, 5], null)))).toBe('d6 d5');
  expect(merged(null, page([1], 'd1')).next_cursor).toBe('d1');
});

test('a message that is sent again soon is waited for', () => {
  const waits = (seconds: number) => ({
    deliveries: [one(1, { state: 'pending', next_attempt_at: at(seconds) })],
    next_cursor: null,
  });
  expect(paceOf(waits(30), 0)).toBe('fast');
  expect(paceOf(waits(300), 0)).toBe('slow');
  expect(paceOf(page([1], null), 0)).toBe('slow');
});
