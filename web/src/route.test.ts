import { expect, test } from 'vitest';
import { NO_FILTER, read } from './route';
import { usualRange } from './state/months';

test('addresses are pages', () => {
  expect(read('/tasks/890473042418166', '')).toEqual({ page: 'task', taskId: 890473042418166 });
  expect(read('/import', '?business=staff_import')).toEqual({
    page: 'import',
    business: 'staff_import',
  });
  expect(read('/exports', '')).toEqual({ page: 'export', business: '' });
  const all = { page: 'tasks', ...NO_FILTER };
  expect(read('/', '')).toEqual(all);
  expect(read('/tasks', '?status=4&type=0')).toEqual({ ...all, status: '4', type: '0' });
  const days = { from: '2026-01-31', to: '2026-02-01' };
  expect(read('/tasks', '?from=2026-01-31&to=2026-02-01&search=a+b')).toEqual({
    ...all,
    ...days,
    search: 'a b',
  });
  expect(read('/settings', '?part=x')).toEqual({ page: 'settings', part: '' });
  expect(read('/settings', '?part=webhooks')).toEqual({ page: 'settings', part: 'webhooks' });
  expect(read('/settings', '?part=mails')).toEqual({ page: 'settings', part: 'mails' });
  expect(read('/scores', '?member=M+1&from=2025-12&to=2026-02')).toEqual({
    page: 'scores',
    member: 'M 1',
    from: '2025-12',
    to: '2026-02',
  });
});

test('what an address should not have is not asked for', () => {
  const odd = read('/tasks', '?status=9&type=x&from=today');
  expect(odd).toMatchObject({ status: '', type: '', from: '' });
  expect(read('/scores', '?member=M1&from=2026-13&to=x')).toEqual({
    page: 'scores',
    member: 'M1',
    ...usualRange(),
  });
});
