import { expect, test } from 'vitest';
import { firstOf, shortened } from './shorten';

test('long names that differ at the end stay different', () => {
  const long = 'the_amount_that_was_paid_by_the_customer_in_the_quarter_';
  const [first, second] = [shortened(`${long}one`, 40), shortened(`${long}two`, 40)];
  expect(first).toHaveLength(40);
  expect(first).not.toBe(second);
  expect(first).toMatch(/^the_amount.*….*_one$/);
  expect(shortened('会员号')).toBe('会员号');
  expect(Array.from(shortened('😀'.repeat(50), 10))).toHaveLength(10);
});

test('a list of names ends with how many more there are', () => {
  const names = Array.from({ length: 12 }, (_, place) => `n${place}`);
  const andMore = (n: number) => `and ${n} more`;
  expect(firstOf(names, andMore)).toBe('n0, n1, n2, n3, n4, n5, n6, n7 and 4 more');
  expect(firstOf(names.slice(0, 9), andMore)).toBe('n0, n1, n2, n3, n4, n5, n6, n7, n8');
});
