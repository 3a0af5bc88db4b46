// A schedule that is being set up or changed: what its fields hold, what is wrong with them, and what is
// sent.

import type {
  Missed,
  Schedule,
  ScheduledTask,
  ScheduleRequest,
  TaskKind,
  Weekday,
} from '../api/station';
import { readDays, writeDays } from './when';

/** As many as a station may have. */
export const MOST_SCHEDULES = 20;

export interface Fields {
  name: string;
  kind: TaskKind;
  business: string;
  format: 'csv' | 'xlsx';
  /** What a task of another kind than an export is asked for, as JSON. */
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

/** What tasks of each kind may be asked for. An export has fields of its own. */
export const EXAMPLES: Record<TaskKind, object> = {
  export: {},
  import: { business: 'member_import', object_key: 'inbox/<station>/.staged/<name>' },
  orders: { by: 'order_date', days: 1 },
  mail: { template: 'news', language: 'en', audience: { business: 'member_import' } },
  evaluate: {},
  reconcile: { months: 3 },
  add: { name: 'tiers', business_id: 'tiers', business_name: 'Tiers', type: 2, input: {} },
};

/** What kind of task it is: the only field that there is. */
export const kindOf = (task: ScheduledTask) => Object.keys(task)[0] as TaskKind;

export const json = (value: unknown) => JSON.stringify(value, null, 2);

/** The fields of a schedule, or those that a new one begins with. `last` says the last day of a month. */
export function fieldsOf(schedule: Schedule | null, business: string, last: string): Fields {
  const { when, task } = schedule ?? {};
  const kind = task ? kindOf(task) : 'export';
  return {
    name: schedule?.name ?? '',
    kind,
    business: task?.export?.business ?? business,
    format: task?.export?.format ?? 'csv',
    body: json(task?.[kind] ?? EXAMPLES.add),
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
  if (fields.kind !== 'export' || !before?.task.export) return null;
  const { business, format: _, ...kept } = before.task.export;
  const isSame = business === fields.business;
  return isSame && Object.values(kept).some((one) => one !== null) ? kept : null;
}

/** The first field that is wrong; null if all can be sent. `taken` are the names of the others. */
export function wrongWith(fields: Fields, taken: string[]): Wrong | null {
  if (!/^[a-z0-9_-]{1,32}$/.test(fields.name)) return 'nameWrong';
  if (taken.includes(fields.name)) return 'nameTaken';
  if (fields.kind !== 'export' && bodyOf(fields) === null) return 'bodyWrong';
  if (!/^\d\d:\d\d$/.test(fields.time)) return 'timeWrong';
  return readDays(fields.days) === null ? 'daysWrong' : null;
}

function bodyOf({ body }: Fields): object | null {
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
    fields.kind !== 'export' && body
      ? { [fields.kind]: body }
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
