import { expect, test } from 'vitest';
import { readRecords } from './csv';

const fields = (text: string, whole = true) =>
  readRecords(text, ',', 100, whole).map((record) => record.fields);

test('delimiters, line breaks and doubled quotes in quotes belong to the field', () => {
  expect(fields('a,b\n"x, ""y""\r\nz",2\n')).toEqual([
    ['a', 'b'],
    ['x, "y"\r\nz', '2'],
  ]);
});

test('a quote in the middle of a field is text', () => {
  expect(fields('5" Bo,a"b\n')).toEqual([['5" Bo', 'a"b']]);
});

test('rows are numbered as a spreadsheet shows them, blank lines included', () => {
  const rows = readRecords('a\n\n\r\nb\rc\n', ',', 100, true);
  expect(rows.map((record) => [record.row, record.fields[0]])).toEqual([
    [1, 'a'],
    [4, 'b'],
    [5, 'c'],
  ]);
});

test('a record that the first bytes cut off is not shown', () => {
  expect(fields('a,b\n1,2\n3,', false)).toEqual([
    ['a', 'b'],
    ['1', '2'],
  ]);
  expect(fields('a,b\n1,2\n3,', true)).toHaveLength(3);
});

test('empty fields at either end are fields', () => {
  expect(fields(',a,\n')).toEqual([['', 'a', '']]);
  expect(fields('"",""\n')).toEqual([['', '']]);
});
