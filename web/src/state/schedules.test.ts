import { expect, test } from 'vitest';
import type { Schedule } from '../api/station';
import { fieldsOf, keptOf, requestOf, turned, wrongWith } from './schedules';

const nightly = {
  name: 'nightly',
  when: { time: '02:30', days: [1, -1], weekdays: ['monday'] },
  time_zone: 'UTC',
  missed: 'never',
  enabled: false,
  task: { export: { business: 'member_import', format: 'xlsx', filter: { points: { from: 5 } } } },
  created_by: 'ann',
  next_at: null,
  last: null,
} as unknown as Schedule;

const fresh = () => ({ ...fieldsOf(null, 'member_import', 'last'), name: 'new' });

test('a new schedule exports a business each night', () => {
  expect(wrongWith(fresh(), [])).toBeNull();
  expect(requestOf(fresh(), null)).toEqual({
    when: { time: '02:30', weekdays: null, days: null, months: null },
    time_zone: null,
    missed: 'once',
    enabled: true,
    task: { export: { business: 'member_import', format: 'csv' } },
  });
});

test('a change keeps what the form has no fields for', () => {
  const fields = fieldsOf(nightly, '', 'last');
  expect(fields.days).toBe('1, last');
  expect(requestOf(fields, nightly)).toEqual({
    when: { time: '02:30', weekdays: ['monday'], days: [1, -1], months: null },
    time_zone: 'UTC',
    missed: 'never',
    enabled: false,
    task: nightly.task,
  });
  // The columns and conditions of one business are nothing for another.
  const other = { ...fields, business: 'staff_import' };
  expect(keptOf(other, nightly)).toBeNull();
  expect(requestOf(other, nightly).task).toEqual({
    export: { business: 'staff_import', format: 'xlsx' },
  });
});

test('what cannot be sent is pointed at', () => {
  expect(wrongWith({ ...fresh(), name: 'Night' }, [])).toBe('nameWrong');
  expect(wrongWith(fresh(), ['new'])).toBe('nameTaken');
  expect(wrongWith({ ...fresh(), time: '' }, [])).toBe('timeWrong');
  expect(wrongWith({ ...fresh(), days: '32' }, [])).toBe('daysWrong');
  expect(wrongWith({ ...fresh(), kind: 'add', body: '[1]' }, [])).toBe('bodyWrong');
  expect(wrongWith({ ...fresh(), kind: 'add', body: '{"name":' }, [])).toBe('bodyWrong');
});

test("a service's task is sent as it was written", () => {
  const add = { name: 'tiers', business_id: 't', business_name: 'T', type: 2, input: { a: 1 } };
  const fields = { ...fresh(), kind: 'add' as const, body: JSON.stringify(add) };
  expect(requestOf(fields, null).task).toEqual({ add });
});

test('turning it on changes nothing else', () => {
  expect(turned(nightly, true)).toEqual({
    when: nightly.when,
    time_zone: 'UTC',
    missed: 'never',
    task: nightly.task,
    enabled: true,
  });
});

test('a schedule of another kind stays one, as JSON', () => {
  for (const task of [
    { evaluate: {} },
    { reconcile: { months: 3 } },
    { mail: { template: 'news', language: 'en', audience: { business: 'member_import' } } },
    { import: { business: 'member_import', object_key: 'inbox/demo/.staged/m.csv' } },
  ]) {
    const before = { ...nightly, task } as unknown as Schedule;
    const fields = fieldsOf(before, 'member_import', 'last');
    expect(fields.kind).toBe(Object.keys(task)[0]);
    expect(keptOf(fields, before)).toBeNull();
    expect(requestOf(fields, before).task).toEqual(task);
    expect(wrongWith({ ...fields, body: '{' }, [])).toBe('bodyWrong');
  }
});
