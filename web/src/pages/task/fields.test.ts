import { expect, test } from 'vitest';
import type { RowError } from '../../api/types';
import { inFileOrder, isAtFault } from './fields';

const row: RowError = {
  row: 3,
  column: 'phone; member_no',
  code: 'not_a_phone; required',
  message: '…',
  problems: [],
  values: { 会员号: '', 备注: 'x', 手机号: '12', 姓名: 'Ann', other: '1' },
};
const columns = [
  { name: '手机号', column: 'phone' },
  { name: '姓名', column: 'name' },
  { name: '会员号', column: 'member_no' },
  { name: '备注', column: null },
];

test('fields come as they stand in the file, and no field is left out', () => {
  expect(inFileOrder(row, columns).map(({ name }) => name)).toEqual([
    '手机号',
    '姓名',
    '会员号',
    '备注',
    'other',
  ]);
});

test('a field is at fault by its column, whatever the file calls it', () => {
  const faulty = inFileOrder(row, columns).filter(({ column }) => isAtFault(row, column));
  expect(faulty.map(({ name }) => name)).toEqual(['手机号', '会员号']);
});
