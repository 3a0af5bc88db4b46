// The console asks the server what a file is, and sends what it needs for that and no more.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { workbook } from '../../tests/harness/workbook';
import type { Business, PreviewRequest } from '../api/types';
import { exampleFile } from './example';
import { preview } from './preview';

const DATA = join(import.meta.dirname, '../../../tests/data');
const { businesses } = JSON.parse(readFileSync(join(DATA, 'businesses.json'), 'utf8')) as {
  businesses: Business[];
};
const members = businesses.find((one) => one.business === 'member_import') as Business;

const asked: PreviewRequest[] = [];
vi.mock('../api/calls', () => ({
  previewImport: (request: PreviewRequest) => {
    asked.push(request);
    return Promise.resolve({ names: ['answer'] });
  },
}));
beforeEach(() => {
  asked.length = 0;
});

const headOf = (request: PreviewRequest | undefined) =>
  Buffer.from(request?.head ?? '', 'base64').toString('latin1');

test('a text goes as it is, also one that is no table', async () => {
  for (const name of ['gbk_chinese_headers.csv', 'gbk.csv.gz', 'rows.json']) {
    const bytes = readFileSync(join(DATA, 'files', name));
    const { seen, workbook: book } = await preview(new Blob([bytes]), members, { delimiter: ';' });
    const request = asked.pop();
    expect(headOf(request)).toBe(bytes.toString('latin1'));
    expect(request).toMatchObject({ business: 'member_import', whole: true });
    expect(request?.options).toEqual({ delimiter: ';' });
    expect(seen?.names).toEqual(['answer']);
    expect(book).toBeNull();
  }
});

test('of a large text only the beginning goes', async () => {
  await preview(new Blob(['x'.repeat(300_000)]), members, {}, 2);
  expect(headOf(asked[0])).toHaveLength(262_144);
  expect(asked[0]).toMatchObject({ whole: false, header_row: 2 });
});

test('of a workbook the first rows go, with their numbers', async () => {
  const file = workbook({ Notes: [['x']], Members: [['Title'], [], ['member_no'], ['M1']] });
  const seen = await preview(new Blob([new Uint8Array(file)]), members, { sheet: 'Members' });
  expect(seen.workbook?.sheet).toBe('Members');
  expect(asked[0]?.head).toBeUndefined();
  expect(asked[0]?.lines).toEqual([
    { row: 1, fields: ['Title'] },
    { row: 3, fields: ['member_no'] },
    { row: 4, fields: ['M1'] },
  ]);
});

test('an archive that cannot be read here goes as it is', async () => {
  await preview(new Blob(['PK\x03\x04 and no more']), members, {});
  expect(headOf(asked[0])).toBe('PK\x03\x04 and no more');
});

test('the example has all columns, in either language', () => {
  for (const business of businesses) {
    for (const inChinese of [false, true]) {
      const [header, row] = exampleFile(business, inChinese).replace('\ufeff', '').split('\r\n');
      expect(header?.split(',')).toHaveLength(business.columns.length);
      expect(row).toContain(business.columns[0]?.example);
    }
  }
});
