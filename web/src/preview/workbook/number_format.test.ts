// The cases are those of shared/formats/src/workbook, so that a preview shows what is imported.

import { expect, test } from 'vitest';
import { isoDateText, numberText } from './cell';
import { formatOfCode, formatOfId, NUMBER, type NumberFormat } from './number_format';

const DATE: NumberFormat = { kind: 'date' };
const time = { kind: 'time', fractions: false } as const;
const moment = { kind: 'date and time', fractions: false } as const;
const elapsed = { kind: 'elapsed', fractions: false } as const;

test('codes are told apart', () => {
  const cases: [NumberFormat, string[]][] = [
    [NUMBER, ['General', '', '0', '0.00', '#,##0.00 "days"', '[Red]0.00;[Blue]-0.00', '0.00E+00']],
    [NUMBER, ['##0.0e-0', '0%', '\\d0', '_-* #,##0.00_-', '@', '[$€-407] #,##0.00']],
    [NUMBER, ['[DBNum1]General', '"unclosed yyyy', '[unclosed']],
    [{ kind: 'padded', digits: 5 }, ['00000']],
    [DATE, ['yyyy-mm-dd', 'yyyy\\-mm\\-dd;@', 'yyyy"年"m"月"d"日"', '[$-F800]dddd, mmmm dd, yyyy']],
    [DATE, ['[$-404]e/m/d', '[$-411]ge.m.d', 'mmm', 'mm']],
    [time, ['h:mm', 'h:mm AM/PM', 'mm:ss', '上午/下午h"时"mm"分"']],
    [{ ...time, fractions: true }, ['mm:ss.0']],
    [elapsed, ['[h]:mm:ss', '[mm]:ss']],
    [moment, ['m/d/yy h:mm', 'yyyy-mm-dd\\ hh:mm:ss']],
    [{ ...moment, fractions: true }, ['d.m.yyyy h:mm:ss.000']],
  ];
  for (const [format, codes] of cases) {
    for (const code of codes) expect(formatOfCode(code), code).toEqual(format);
  }
  expect(formatOfId(14)).toEqual(DATE);
  expect(formatOfId(22)).toEqual(moment);
  expect(formatOfId(9)).toEqual(NUMBER);
});

test('numbers have no exponents, no needless digits, and the zeros of their format', () => {
  const cases: [string, NumberFormat, string][] = [
    ['13800138000', NUMBER, '13800138000'],
    ['1.3800138E10', NUMBER, '13800138000'],
    ['6.222021001001234E18', NUMBER, '6222021001001234000'],
    ['1234567890123456789', NUMBER, '1234567890123456789'],
    ['1.5e22', NUMBER, '15000000000000000000000'],
    ['42.0', NUMBER, '42'],
    ['1.1000000000000001', NUMBER, '1.1'],
    ['1E-7', NUMBER, '0.0000001'],
    ['-1.25E-9', NUMBER, '-0.00000000125'],
    ['-0', NUMBER, '0'],
    ['007', NUMBER, '7'],
    ['', NUMBER, ''],
    ['abc', NUMBER, 'abc'],
    ['NaN', NUMBER, 'NaN'],
    ['1e999', NUMBER, '1e999'],
    ['1234', { kind: 'padded', digits: 5 }, '01234'],
    ['123456', { kind: 'padded', digits: 5 }, '123456'],
    ['-1', { kind: 'padded', digits: 5 }, '-1'],
    ['1.5', { kind: 'padded', digits: 5 }, '1.5'],
  ];
  for (const [raw, format, text] of cases) expect(numberText(raw, format, false), raw).toBe(text);
});

test('days and times are those that the server writes', () => {
  const cases: [number, NumberFormat, string][] = [
    [1, DATE, '1900-01-01'],
    [59, DATE, '1900-02-28'],
    [60, DATE, '1900-02-29'],
    [61, DATE, '1900-03-01'],
    [46_082, DATE, '2026-03-01'],
    [2_958_465, DATE, '9999-12-31'],
    [0, DATE, '0'],
    [-1, DATE, '-1'],
    [13_800_138_000, DATE, '13800138000'],
    [0.430902777777778, time, '10:20:30'],
    [46_082.43090277778, moment, '2026-03-01T10:20:30'],
    [46_082.99999999, moment, '2026-03-02T00:00:00'],
    [46_082.99999999, DATE, '2026-03-01'],
    [0.75, moment, '18:00:00'],
    [1.5, elapsed, '36:00:00'],
    [0.500005787037037, { ...time, fractions: true }, '12:00:00.500'],
    [46_082, { kind: 'date or time' }, '2026-03-01'],
    [0.5, { kind: 'date or time' }, '12:00:00'],
    [46_082.5, { kind: 'date or time' }, '2026-03-01T12:00:00'],
  ];
  for (const [days, format, text] of cases) {
    expect(numberText(String(days), format, false), `${days} ${format.kind}`).toBe(text);
  }
  expect(numberText('0', DATE, true)).toBe('1904-01-01');
  expect(numberText('44620', DATE, true)).toBe('2026-03-01');
  expect(numberText('0.5', time, true)).toBe('12:00:00');
  expect(isoDateText('2026-03-01T00:00:00Z', DATE)).toBe('2026-03-01');
  expect(isoDateText('2026-03-01T10:20:30', DATE)).toBe('2026-03-01');
  expect(isoDateText('2026-03-01T10:20:30', moment)).toBe('2026-03-01T10:20:30');
});
