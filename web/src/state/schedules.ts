// A schedule that is being set up or changed: what its fields hold, what is wrong with them, and what is
// sent.

import type { Missed, Schedule, ScheduledTask, ScheduleRequest, Weekday } from '../api/station';
import { readDays, writeDays } from './when';

/** As many as a station may have. */
export const MOST_SCHEDULES = 20;

export interface Fields {
  name: string;
  kind: 'export' | 'add';
  business: string;
  format: 'csv' | 'xlsx';
  /** The body of a service's task, as JSON. */
  body: string;
  time: string;
  weekdays: Weekday[];
  days: string;
  months: number[];
  zone: string;
  missed: Missed;
}

/** What is wrong with a field. */
export type Wrong = 'nameWrong' | 'nameTaken' | 'bodyWrong' | 'timeWrong' | 'daysWrong';

const EXAMPLE = {
  name: 'tiers',
  business_id: 'tiers',
  business_name: 'Tiers',
  type: 2,
  input: {},
};

const json = (value: unknown) => JSON.stringify(value, null, 2);

/** The fields of a schedule, or those that a new one begins with. `last` says the last day of a month. */
export function fieldsOf(schedule: Schedule | null, business: string, last: string): Fields {
  const { when, task } = schedule ?? {};
  const isAdd = task !== undefined && 'add' in task;
  return {
    name: schedule?.name ?? '',
    kind: isAdd ? 'add' : 'export',
    business: task && 'export' in task ? task.export.business : business,
    format: (task && 'export' in task && task.export.format) || 'csv',
    body: json(isAdd ? task.add : EXAMPLE),
    time: when?.time ?? '02:30',
    weekdays: when?.weekdays ?? [],
    days: writeDays(when?.days, last),
    months: when?.months ?? [],
    zone: schedule?.time_zone ?? '',
    missed: schedule?.missed ?? 'once',
  };
}

/** What an export is asked for beside its business and format; it stays while the business does. */
export function keptOf(fields: Fields, before: Schedule | null): object | null {
  if (fields.kind !== 'export' || !before || !('export' in before.task)) return null;
  const { business, format: _, ...kept } = before.task.export;
  const isSame = business === fields.business;
  return isSame && Object.values(kept).some((one) => one !== null) ? kept : null;
}

/** The first field that is wrong; null if all can be sent. `taken` are the names of the others. */
export function wrongWith(fields: Fields, taken: string[]): Wrong | null {
  if (!/^[a-z0-9_-]{1,32}$/.test(fields.name)) return 'nameWrong';
  if (taken.includes(fields.name)) return 'nameTaken';
  if (fields.kind === 'add' && bodyOf(fields) === null) return 'bodyWrong';
  if (!/^\d\d:\d\d$/.test(fields.time)) return 'timeWrong';
  return readDays(fields.days) === null ? 'daysWrong' : null;
}

function bodyOf({ body }: Fields): { name: string; business_name: string } | null {
  try {
    const read = JSON.parse(body);
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? read : null;
  } catch {
    return null;
  }
}

const some = <T>(all: T[] | null): T[] | null => (all && all.length > 0 ? all : null);

export const whenOf = ({ time, weekdays, days, months }: Fields) => ({
  time,
  weekdays: some(weekdays),
  days: some(readDays(days)),
  months: some(months),
});

/** What is sent for fields with which nothing is wrong. */
export function requestOf(fields: Fields, before: Schedule | null): ScheduleRequest {
  const kept = keptOf(fields, before);
  const body = bodyOf(fields);
  const task: ScheduledTask =
    fields.kind === 'add' && body
      ? { add: body }
      : { export: { ...kept, business: fields.business, format: fields.format } };
  return {
    when: whenOf(fields),
    time_zone: fields.zone.trim() || null,
    missed: fields.missed,
    enabled: before?.enabled ?? true,
    task,
  };
}

/** The same schedule, turned on or off. */
export function turned(schedule: Schedule, enabled: boolean): ScheduleRequest {
  const { when, time_zone, missed, task } = schedule;
  return { when, time_zone, missed, task, enabled };
}
