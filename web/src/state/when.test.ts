import { expect, test } from 'vitest';
import { en } from '../words/en';
import { zh } from '../words/zh';
import { readDays, whenWords, writeDays } from './when';

test('days of a month are read as people write them', () => {
  expect(readDays('')).toEqual([]);
  expect(readDays('1-3, 15, last')).toEqual([1, 2, 3, 15, -1]);
  expect(readDays('最后一天、 1')).toEqual([1, -1]);
  expect(readDays('5 3 3')).toEqual([3, 5]);
  for (const wrong of ['0', '32', '7-1', 'monday', '1.5', '1-']) expect(readDays(wrong)).toBeNull();
});

test('days of a month are written shortly, and can be read again', () => {
  expect(writeDays([1, 2, 3, 7, 8, -1], 'last')).toBe('1-3, 7, 8, last');
  expect(readDays(writeDays([1, 2, 3, 7, 8, -1], 'last'))).toEqual([1, 2, 3, 7, 8, -1]);
  expect(writeDays(null, 'last')).toBe('');
});

test('a sentence says when it is', () => {
  const says = (when: object) => [
    whenWords({ time: '02:30', ...when }, en),
    whenWords({ time: '02:30', ...when }, zh),
  ];
  expect(says({})).toEqual(['Every day, at 02:30', '每天，02:30']);
  expect(says({ weekdays: ['monday', 'friday'] })).toEqual([
    'Every Monday and Friday, at 02:30',
    '每周一、周五，02:30',
  ]);
  expect(says({ days: [1, -1] })).toEqual([
    'Day 1 and the last day of each month, at 02:30',
    '每月 1, 最后一天，02:30',
  ]);
  expect(says({ days: [-1] })[0]).toBe('The last day of each month, at 02:30');
  expect(says({ months: [1, 2] })[0]).toBe('Every day in Jan and Feb, at 02:30');
  expect(says({ days: [1, 2, 3, 4, 5, 6, 7], weekdays: ['monday'], months: [1] })).toEqual([
    'Monday on day 1-7 in Jan, at 02:30',
    '1月的 1-7 日中的周一，02:30',
  ]);
});
