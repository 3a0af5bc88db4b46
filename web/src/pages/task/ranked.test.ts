import { expect, test } from 'vitest';
import { ranked, sumOf, tiersOf } from './ranked';

test('the largest count comes first, and equal ones by their names', () => {
  expect(ranked({ silver: 2, gold: 2, bronze: 7 })).toEqual([
    ['bronze', 7],
    ['gold', 2],
    ['silver', 2],
  ]);
  expect(ranked(undefined)).toEqual([]);
});

test('counts are added up', () => {
  expect(sumOf({ a: 2, b: 3 })).toBe(5);
  expect(sumOf(undefined)).toBe(0);
});

test('a change has two ends, and no tier is none', () => {
  expect(tiersOf('silver>gold')).toEqual(['silver', 'gold']);
  expect(tiersOf('none>bronze')).toEqual([null, 'bronze']);
});
