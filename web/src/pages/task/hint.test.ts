// The messages are those of the API, as docs/api.md and domain/ have them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Business, Task } from '../../api/types';
import type { Instead } from '../../words/instead';
import { zh } from '../../words/zh';
import { endingOf } from './ending';
import { hintOf } from './hint';

const DATA = join(import.meta.dirname, '../../../../tests/data');
const { businesses } = JSON.parse(readFileSync(join(DATA, 'businesses.json'), 'utf8')) as {
  businesses: Business[];
};
const members = businesses.find((one) => one.business === 'member_import') as Business;
const instead = zh.instead as Instead;

const said = (code: string, column: string, message: string) =>
  hintOf({ row: 3, column, code, message, problems: [], values: {} }, instead.hints, members);

test('a hint names what the message names', () => {
  const cases: [string, string, string, string][] = [
    ['not_allowed', 'gender', 'gender: must be one of: female, male, other', 'female、male、other'],
    ['too_long', 'name', 'name: at most 100 characters are allowed', '100'],
    ['out_of_range', 'points', 'points: must be between 0 and 1000', '0 至 1000'],
    ['duplicate', 'member_no', 'member_no: already taken by row 59 of this file', '第 59 行'],
    ['duplicate', 'phone', 'phone: already taken', '已被占用'],
    ['field_count', '', 'the row has 11 fields, the first line has 10: a missing …', '11 个字段'],
    ['pattern', 'member_no', 'member_no: must have the form ^[A-Za-z0-9]+$', 'M10001'],
  ];
  for (const [code, column, message, fact] of cases) {
    const hint = said(code, column, message);
    expect(hint.said.join(''), message).toContain(fact);
    expect(hint.isUntold).toBe(false);
  }
});

test('a row with several problems has a hint for each, and none twice', () => {
  const message =
    'name: a value is required; points: must be between 0 and 9; tier: a value is required';
  const hint = said('required; out_of_range; required', 'name; points; tier', message);
  expect(hint.said).toHaveLength(2);
  expect(hint.said[1]).toContain('0 至 9');
});

test('the message stays where only it has the cause', () => {
  expect(said('refused', '', 'the coupon has ended').isUntold).toBe(true);
  expect(said('a_code_of_tomorrow', '', 'something new')).toEqual({ said: [], isUntold: true });
});

const task = (reason: string | null, succeeded: number, failed = 0, duplicate = 0) => {
  const rows = { read: succeeded + failed + duplicate, succeeded, failed, duplicate, skipped: 0 };
  return { reason, rows } as Task;
};
const told = (of: Task, isDryRun = false) => {
  const ending = endingOf(of);
  return ending && instead.ended(ending, isDryRun);
};

test('what happened is told from the counts', () => {
  const partly =
    '210 of 3000 rows were not imported (150 failed, 60 duplicate): see the failed-rows file';
  expect(told(task(partly, 2790, 150, 60))).toBe(
    '共 3,000 行，已导入 2,790 行，210 行没有导入（失败 150 行，重复 60 行）。请下载失败的行，更正后再上传。',
  );
  const none = '2 of 2 rows were not imported (0 failed, 2 duplicate): see the failed-rows file';
  expect(told(task(none, 0, 0, 2))).toContain('全部没有导入（重复 2 行）');
  const dry = '1 of 2 rows would not be imported (1 failed, 0 duplicate): see the failed-rows file';
  expect(told(task(dry, 1, 1), true)).toBe('共 2 行，其中 1 行不会被导入（失败 1 行）。');
  expect(told(task('cancelled', 0))).toBe('已取消。没有导入任何数据。');
  expect(told(task('cancelled', 7))).toContain('已导入的 7 行');
  expect(told(task(null, 7))).toBeNull();
  expect(endingOf(task('the header lacks the required column `name`', 0))?.kind).toBe('other');
});
