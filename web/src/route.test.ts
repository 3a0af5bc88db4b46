import { expect, test } from 'vitest';
import { read } from './route';

test('addresses are pages', () => {
  expect(read('/tasks/890473042418166', '')).toEqual({ page: 'task', taskId: 890473042418166 });
  expect(read('/import', '?business=staff_import')).toEqual({
    page: 'import',
    business: 'staff_import',
  });
  const all = { page: 'tasks', status: '', type: '', business: '' };
  expect(read('/', '')).toEqual(all);
  expect(read('/tasks', '?status=4&type=0')).toEqual({ ...all, status: '4', type: '0' });
});

test('what an address should not have is not asked for', () => {
  expect(read('/tasks', '?status=9&type=x')).toMatchObject({ status: '', type: '' });
});
