// What an export was asked for, in words.

import { type Condition, exportOf, type Task } from '../api/types';
import { businesses, columnTitle, columnWords } from '../state/businesses';
import { words } from '../state/look';
import { firstOf } from '../words/shorten';

export const FORMATS = { csv: 'CSV', xlsx: 'Excel' } as const;

const businessFor = (task: Task) =>
  businesses.value?.find((one) => one.business === task.business_id);

/** The columns of its file, by their titles and names. */
export function columnsAsked(task: Task): string[] {
  const business = businessFor(task);
  const columns = exportOf(task)?.columns ?? [];
  return columns.map((name) => (business ? columnWords(business, name) : name));
}

/** Each of its conditions. */
export function conditionsAsked(task: Task): string[] {
  const t = words.value;
  const business = businessFor(task);
  const conditions = Object.entries(exportOf(task)?.filter ?? {});
  return conditions.map(([name, condition]) => {
    const type = business?.columns.find((one) => one.name === name)?.type ?? '';
    const title = columnTitle(business, name) || name;
    return `${title}${t.colon}${conditionWords(condition, type)}`;
  });
}

export function conditionWords(condition: Condition, type: string): string {
  const t = words.value.export;
  const value = (stored: string) => valueWords(stored, type);
  if (condition === 'blank') return t.blank;
  if ('is' in condition) return value(condition.is);
  const { from, to } = condition.between;
  if (from !== undefined && to !== undefined) return t.between(value(from), value(to));
  return from !== undefined ? t.atLeast(value(from)) : t.atMost(value(to ?? ''));
}

/** A value as people read it: only booleans and moments are stored in another form. */
function valueWords(stored: string, type: string): string {
  const t = words.value;
  if (type === 'boolean') return stored === 'true' ? t.export.yes : t.export.no;
  const isMoment = type === 'date_time' && !Number.isNaN(Date.parse(stored));
  return isMoment ? t.f.time(stored) : stored;
}

/** Its format and its first conditions, for a line of the list. */
export function askedInShort(task: Task): string[] {
  const format = exportOf(task)?.format ?? 'csv';
  const conditions = conditionsAsked(task);
  const few = firstOf(conditions, words.value.import.andMore, 1);
  return conditions.length > 0 ? [FORMATS[format], few] : [FORMATS[format]];
}
