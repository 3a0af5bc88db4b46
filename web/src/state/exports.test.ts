import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Unreachable } from '../api/refusal';
import type { Business, Column, ExportRequest } from '../api/types';

const asked: ExportRequest[] = [];
let fails = false;

vi.stubGlobal('localStorage', { getItem: () => null, setItem() {}, removeItem() {} });
vi.doMock('./look', () => ({ words: { value: { states: {} } } }));
vi.doMock('../api/calls', () => ({
  beginExport: async (request: ExportRequest) => {
    asked.push(request);
    if (fails) throw new Unreachable('no answer');
    return { task_id: 7 };
  },
}));
const { blankCondition, everything, freeColumns, isSaid, requestOf, startExport, waysOf } =
  await import('./exports');

const column = (name: string, type: string, more: Partial<Column> = {}) =>
  ({ name, type, required: false, sensitive: false, allowed: [], ...more }) as unknown as Column;

const business = {
  business: 'member_import',
  columns: [
    column('member_no', 'text', { required: true }),
    column('phone', 'phone', { sensitive: true }),
    column('tier', 'list', { allowed: ['gold'] }),
    column('points', 'integer'),
    column('seen_at', 'date_time'),
    column('active', 'boolean'),
  ],
} as unknown as Business;

const of = (name: string) => business.columns.find((one) => one.name === name) as Column;

beforeEach(() => {
  asked.length = 0;
  fails = false;
});
afterEach(() => vi.clearAllMocks());

test('all columns are chosen, but those that the caller may not see', () => {
  expect(everything(business, true).columns).toHaveLength(6);
  expect(everything(business, false).columns).not.toContain('phone');
});

test('what can be asked of a column depends on its type', () => {
  expect(waysOf(of('member_no'))).toEqual(['is', 'between']);
  expect(waysOf(of('phone'))).toEqual(['is', 'between', 'blank']);
  expect(waysOf(of('points'))).toEqual(['between', 'is', 'blank']);
  // The API has no order of lists and booleans.
  expect(waysOf(of('tier'))).toEqual(['is', 'blank']);
  expect(waysOf(of('active'))).toEqual(['is', 'blank']);
});

test('a column has one condition', () => {
  const conditions = business.columns.slice(1).map(blankCondition);
  expect(freeColumns(business, conditions).map((one) => one.name)).toEqual(['member_no']);
  expect(new Set(conditions.map((one) => one.key)).size).toBe(5);
});

test('a request says the conditions as the API reads them', () => {
  const conditions = [
    { ...blankCondition(of('tier')), value: 'gold' },
    { ...blankCondition(of('points')), from: ' 5 ' },
    { ...blankCondition(of('seen_at')), from: '2026-01-31T08:30', to: '2026-02-01T00:00:01' },
    { ...blankCondition(of('active')), value: 'false' },
    { ...blankCondition(of('phone')), way: 'blank' as const, value: 'left over' },
  ];
  expect(conditions.every(isSaid)).toBe(true);
  const draft = { ...everything(business, true), columns: ['points', 'member_no'], conditions };
  expect(requestOf(draft, business)).toEqual({
    business: 'member_import',
    format: 'csv',
    columns: ['member_no', 'points'],
    filter: {
      tier: 'gold',
      points: { from: '5' },
      seen_at: { from: '2026-01-31 08:30', to: '2026-02-01 00:00:01' },
      active: false,
      phone: null,
    },
  });
});

test('a condition without a value says nothing', () => {
  expect(isSaid(blankCondition(of('tier')))).toBe(false);
  expect(isSaid({ ...blankCondition(of('points')), value: 'of the other way' })).toBe(false);
  expect(isSaid({ ...blankCondition(of('points')), to: '9' })).toBe(true);
});

test('what is asked again because no answer came is one export, and the next one is another', async () => {
  const request = requestOf(everything(business, true), business);
  fails = true;
  await expect(startExport(request)).rejects.toThrow();
  fails = false;
  expect(await startExport(request)).toBe(7);
  await startExport(request);
  const [first, again, next] = asked.map((one) => one.user_task_id);
  expect(again).toBe(first);
  expect(next).not.toBe(first);
  expect(first?.length).toBeLessThanOrEqual(64);
});
