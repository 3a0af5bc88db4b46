import { expect, test } from 'vitest';
import { matches } from './search';

const row = {
  row: 61,
  column: 'points',
  code: 'not_a_number',
  message: 'points: must be a whole number, such as 1200',
  problems: [],
  values: { member_no: 'M1', name: '李欣怡', points: '12x' },
};
const codes = { not_a_number: '不是数字' };

test('a row is found by number, column, kind in either language, message or value', () => {
  for (const words of [
    '61',
    'POINTS',
    'not_a_number',
    '数字',
    'whole number',
    '李欣怡',
    'm1 12x',
  ]) {
    expect(matches(row, words, codes), words).toBe(true);
  }
});

test('every word must be there', () => {
  expect(matches(row, 'M1 M2', codes)).toBe(false);
});
