// On which days and at which time a schedule starts a task: read from fields, and said in words.

import type { Weekday, When } from '../api/station';
import type { Words } from '../words/en';

export const WEEKDAYS: Weekday[] = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
];

/** The last day of a month, as the API has it. */
const LAST = -1;

/**
 * Days of a month from what people write: `1-7, 15, last`. Null where it cannot be read, and empty for
 * every day.
 */
export function readDays(text: string): number[] | null {
  const days = new Set<number>();
  for (const piece of text.split(/[\s,，、;；]+/).filter(Boolean)) {
    if (/^(last|-1|最后一天|月末)$/i.test(piece)) {
      days.add(LAST);
      continue;
    }
    const [, first, last] = /^(\d{1,2})(?:[-–~](\d{1,2}))?$/.exec(piece) ?? [];
    if (!first) return null;
    const [from, to] = [Number(first), Number(last ?? first)];
    if (from < 1 || to > 31 || from > to) return null;
    for (let day = from; day <= to; day += 1) days.add(day);
  }
  return inOrder([...days]);
}

/** The same the other way round, with `last` for the last day. */
export function writeDays(days: number[] | null | undefined, last: string): string {
  const runs: [number, number][] = [];
  const sorted = inOrder(days ?? []);
  for (const day of sorted.filter((one) => one !== LAST)) {
    const run = runs[runs.length - 1];
    if (run && run[1] === day - 1) run[1] = day;
    else runs.push([day, day]);
  }
  const texts = runs.flatMap(([from, to]) =>
    to - from < 2 ? (from === to ? [`${from}`] : [`${from}`, `${to}`]) : [`${from}-${to}`],
  );
  return [...texts, ...(sorted.includes(LAST) ? [last] : [])].join(', ');
}

/** The last day of a month comes last. */
const inOrder = (days: number[]) =>
  [...days].sort((one, other) => (one === LAST ? 32 : one) - (other === LAST ? 32 : other));

/** When it is, in a sentence. */
export function whenWords(when: When, t: Words): string {
  const w = t.schedules.when;
  const weekdays = (when.weekdays ?? []).map((day) => t.f.weekday(WEEKDAYS.indexOf(day)));
  const days = writeDays(when.days, w.last);
  const months = (when.months ?? []).map((month) => t.f.monthName(month));
  return w.sentence(days, w.list(weekdays), w.list(months), when.time);
}
