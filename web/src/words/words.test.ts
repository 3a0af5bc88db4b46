import { expect, test } from 'vitest';
import { en } from './en';
import { zh } from './zh';

const leaves = (words: object, path = ''): [string, unknown][] =>
  Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null
      ? leaves(value, `${path}${key}.`)
      : [[`${path}${key}`, value] as [string, unknown]],
  );

test('both languages say the same things', () => {
  const names = (words: object) =>
    leaves(words)
      .map(([name]) => name)
      .sort();
  expect(names(zh)).toEqual(names(en));
});

test('nothing is left in English, and nothing is left out', () => {
  const english = new Map(leaves(en));
  // The name of the other language, and what has no words.
  const same = ['look.other', 'look.otherLabel'];
  for (const [name, text] of leaves(zh)) {
    if (typeof text !== 'string') continue;
    expect(text, name).not.toBe('');
    if (!same.includes(name)) expect(text, name).not.toBe(english.get(name));
  }
});

test('numbers, times and sums read well', () => {
  expect(en.f.bytes(999)).toBe('999 B');
  expect(en.f.bytes(107_700_000)).toBe('108 MB');
  expect(en.f.bytes(1_500)).toBe('1.5 kB');
  expect(en.f.seconds(0.577)).toBe('0.6 s');
  expect(en.f.seconds(186)).toBe('3 min 6 s');
  expect(zh.f.seconds(7_260)).toBe('2 小时 1 分');
  expect(en.f.dollars(0.000059)).toBe('$0.000059');
  expect(en.f.dollars(0.588721)).toBe('$0.59');
  expect(en.f.dollars(0)).toBe('$0.00');
  expect(en.rows.count(1)).toBe('1 row');
  expect(en.rows.count(700_000)).toBe('700,000 rows');
});
