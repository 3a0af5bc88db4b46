// Schedules and deliveries of a station: the API's types under short names, and the calls.

import { del, get, post, put } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

interface Body {
  [field: string]: unknown;
}

/** What a schedule starts: one of these, each the body of the request that would start it now. */
export interface ScheduledTask {
  export?: Body & { business: string; format?: 'csv' | 'xlsx' };
  import?: Body & { business: string; object_key: string };
  orders?: Body;
  mail?: Body & { template: string; language: string };
  evaluate?: Body;
  reconcile?: Body;
  add?: Body & { name: string; business_name: string };
}

export type TaskKind = keyof ScheduledTask;

export type Schedule = Omit<Schemas['ScheduleView'], 'task'> & { task: ScheduledTask };
export type When = Schemas['When'];
export type Weekday = Schemas['DayOfWeek'];
export type Missed = Schemas['Missed'];
export type Delivery = Schemas['DeliveryView'];
export type Deliveries = Schemas['DeliveryList'];
export type DeliveryState = Schemas['DeliveryState'];

export interface ScheduleRequest {
  when: When;
  /** That of the station if null. */
  time_zone: string | null;
  task: ScheduledTask;
  missed: Missed;
  enabled: boolean;
}

const pathOf = (name: string) => `/station/schedules/${encodeURIComponent(name)}`;

export const listSchedules = async () =>
  (await get<{ schedules: Schedule[] }>('/station/schedules')).schedules;

export const putSchedule = (name: string, request: ScheduleRequest) =>
  put<Schedule>(pathOf(name), request);

export const deleteSchedule = (name: string) => del<null>(pathOf(name));

export const listDeliveries = (state: string, cursor: string | null) =>
  get<Deliveries>('/station/webhooks/deliveries', { state, cursor, limit: 20 });

/** Sends a message once more, whatever became of it. */
export const resendDelivery = (id: string) =>
  post<Delivery>(`/station/webhooks/deliveries/${encodeURIComponent(id)}/resend`, {});
