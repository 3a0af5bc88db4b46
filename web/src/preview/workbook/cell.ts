// A cell's value as the server writes it: numbers without exponents, dates as 2026-03-01
// (shared/formats/src/workbook/cell.rs and dates.rs).

import type { NumberFormat } from './number_format';

/** A number in its format. What is no number is written as it stands. */
export function numberText(cell: string, format: NumberFormat, from1904: boolean): string {
  const raw = cell.trim();
  // Also one of more digits than a number here has.
  if (/^-?[1-9]\d*$|^0$/.test(raw)) {
    if (format.kind === 'number') return raw;
    if (format.kind === 'padded' && !raw.startsWith('-')) return raw.padStart(format.digits, '0');
  }
  const number = Number(raw);
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(raw) && Number.isFinite(number);
  if (!isNumber) return raw;
  return momentText(number, format, from1904) ?? withoutExponent(number);
}

export function booleanText(cell: string): string {
  const raw = cell.trim();
  return raw === '1' ? 'TRUE' : raw === '0' ? 'FALSE' : raw;
}

/** A date that is written out, without its time where that is not shown. */
export function isoDateText(cell: string, format: NumberFormat): string {
  const moment = cell.trim().replace(/Z$/, '');
  const [date = '', time] = moment.split(/T(.*)/s);
  if (time === undefined || format.kind === 'number') return moment;
  const isMidnight = /^[0:.]*$/.test(time);
  const isDate = format.kind === 'date' || (isMidnight && format.kind === 'date or time');
  return isDate ? date : moment;
}

/** The fewest digits that are the same number. */
export function withoutExponent(number: number): string {
  const [digits = '', exponent] = String(number).split('e');
  if (exponent === undefined) return digits;
  const sign = digits.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = digits.replace('-', '').split('.');
  const point = whole.length + Number(exponent);
  const all = whole + fraction;
  return point > 0 ? sign + all.padEnd(point, '0') : `${sign}0.${'0'.repeat(-point)}${all}`;
}

const DAY_MS = 86_400_000;
/** From 1 January 1900 to 1 January 1904, with a leap day that was none. */
const DAYS_TO_1904 = 1462;
/** 1 January 10000. */
const END = 2_958_466;
/** The 1900 system takes 1900 for a leap year (ECMA-376 part 1, 18.17.4.1). */
const FALSE_LEAP_DAY = 60;

/** The date or time that a number of days is shown as; null if it is none. */
function momentText(number: number, format: NumberFormat, from1904: boolean): string | null {
  const isShifted = from1904 && (number >= 1 || format.kind === 'date');
  const days = isShifted ? number + DAYS_TO_1904 : number;
  if (days < 0 || days >= END) return null;
  const exact = Math.round(days * DAY_MS);
  const shown =
    'fractions' in format && format.fractions ? exact : Math.floor((exact + 500) / 1000) * 1000;
  switch (format.kind) {
    case 'date':
      return dateText(Math.floor(exact / DAY_MS));
    case 'time':
      return timeText(shown % DAY_MS);
    case 'elapsed':
      return timeText(shown);
    case 'date or time':
      if (exact % DAY_MS === 0) return dateText(exact / DAY_MS);
      return bothText(shown);
    case 'date and time':
      return bothText(shown);
    default:
      return null;
  }
}

/** A time alone where there is no day, as there is none of the number 0. */
function bothText(milliseconds: number): string | null {
  const time = timeText(milliseconds % DAY_MS);
  if (milliseconds < DAY_MS) return time;
  const date = dateText(Math.floor(milliseconds / DAY_MS));
  return date && `${date}T${time}`;
}

function dateText(day: number): string | null {
  if (day === FALSE_LEAP_DAY) return '1900-02-29';
  if (day < 1 || day >= END) return null;
  const first = day > FALSE_LEAP_DAY ? Date.UTC(1899, 11, 30) : Date.UTC(1899, 11, 31);
  return new Date(first + day * DAY_MS).toISOString().slice(0, 10);
}

function timeText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const rest = milliseconds % 1000;
  const fraction = rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`;
  const minutes = Math.floor(seconds / 60);
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}${fraction}`;
}
