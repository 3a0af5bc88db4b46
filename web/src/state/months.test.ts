import { expect, test } from 'vitest';
import { monthFromNow, rangeProblem, usualRange } from './months';

const january = new Date(2026, 0, 31, 23, 59);

test('months are counted over the end of a year', () => {
  expect(monthFromNow(0, january)).toBe('2026-01');
  expect(monthFromNow(-1, january)).toBe('2025-12');
  expect(monthFromNow(-13, january)).toBe('2024-12');
  expect(monthFromNow(12, january)).toBe('2027-01');
});

test('a year is shown if nobody asks for other months', () => {
  expect(usualRange(january)).toEqual({ from: '2025-02', to: '2026-01' });
});

test('a range has two ends in order, and at most 36 months', () => {
  expect(rangeProblem('2026-01', '2026-01')).toBeNull();
  expect(rangeProblem('2023-02', '2026-01')).toBeNull();
  expect(rangeProblem('2023-01', '2026-01')).toBe('long');
  expect(rangeProblem('2026-02', '2026-01')).toBe('backwards');
  expect(rangeProblem('', '2026-01')).toBe('blank');
  expect(rangeProblem('2026-13', '2026-14')).toBe('blank');
});
