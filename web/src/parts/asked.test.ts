import { expect, test, vi } from 'vitest';
import type { Business, Task } from '../api/types';
import { en } from '../words/en';

vi.doMock('../state/look', () => ({ words: { value: en }, language: { value: 'en' } }));
const { askedInShort, columnsAsked, conditionsAsked } = await import('./asked');
const { businesses } = await import('../state/businesses');

const column = (name: string, type: string, ...headers: string[]) => ({ name, type, headers });
businesses.value = [
  {
    business: 'member_import',
    columns: [
      column('points', 'integer', 'Balance', '积分'),
      column('tier', 'list'),
      column('active', 'boolean'),
      column('day', 'date'),
    ],
  },
] as unknown as Business[];

const task = (filter?: object, format = 'xlsx') =>
  ({
    type: 1,
    task_name: 'export',
    business_id: 'member_import',
    input: { format, columns: ['points', 'tier'], filter },
  }) as unknown as Task;

test('an export says in words what was asked for', () => {
  const filter = {
    active: { is: 'false' },
    day: { between: { from: '2026-01-01', to: '2026-01-31' } },
    points: { between: { from: '5' } },
    tier: 'blank',
    gone: { between: { to: 'x' } },
  };
  expect(conditionsAsked(task(filter))).toEqual([
    'active: no',
    'day: 2026-01-01 to 2026-01-31',
    'Balance: from 5',
    'tier: no value',
    'gone: up to x',
  ]);
  expect(columnsAsked(task())).toEqual(['Balance (points)', 'tier']);
});

test('a line of the list names the format and a few conditions', () => {
  expect(askedInShort(task())).toEqual(['Excel']);
  const filter = { points: { is: '5' }, tier: { is: 'gold' }, day: 'blank', active: 'blank' };
  expect(askedInShort(task(filter, 'csv'))).toEqual(['CSV', 'Balance: 5 and 3 more']);
});
