// The files of tests/data/files, of which the end-to-end tests say what the server makes: the
// preview must say the same.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { Business } from '../api/types';
import { exampleFile } from './example';
import { type Preview, preview } from './preview';

const DATA = join(import.meta.dirname, '../../../tests/data');
const { businesses } = JSON.parse(readFileSync(join(DATA, 'businesses.json'), 'utf8')) as {
  businesses: Business[];
};
const members = businesses.find((one) => one.business === 'member_import') as Business;

/** Of each file what was detected, and what the user is told. */
const table = readFileSync(join(DATA, 'files/README.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')))
  .map(([, name, detected, , told]) => ({
    name: (name ?? '').replaceAll('`', ''),
    detected: detected ?? '',
    told: told ?? '',
  }));

const ENCODINGS: Record<string, string> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 LE',
  'utf-16be': 'UTF-16 BE',
  gb18030: 'GB18030',
  'windows-1252': 'Windows-1252',
};
const DELIMITERS: Record<string, string> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'pipe',
};

async function look(name: string): Promise<Preview> {
  return preview(new Blob([readFileSync(join(DATA, 'files', name))]), members, {});
}

function words(seen: Preview): string {
  if (!seen.table) return seen.kind;
  const { text, headerRow } = seen.table;
  if (!text) return `xlsx, sheet ${seen.workbook?.sheet}, comma, header in row ${headerRow}`;
  const form = seen.kind === 'gzip' ? 'gzip' : 'csv';
  const [encoding, delimiter] = [ENCODINGS[text.encoding], DELIMITERS[text.delimiter]];
  return `${form}, ${encoding}, ${delimiter}, header in row ${headerRow}`;
}

describe('the preview finds what the server finds', () => {
  const read = table.filter((file) => /^(csv|gzip|xlsx),/.test(file.detected));
  it('is compared over many files', () => expect(read.length).toBeGreaterThan(30));
  test.each(read)('$name', async ({ name, detected }) => {
    const seen = await look(name);
    expect(words(seen)).toBe(detected.replace(/, \d+ formulas without a value$/, ''));
    expect(seen.table?.matched.missing).toEqual([]);
    expect(seen.table?.matched.twice).toBeNull();
  });
});

describe('the preview tells what the server refuses', () => {
  const lacking = table.filter((file) => file.told.startsWith('the header lacks'));
  it('is compared over several files', () => expect(lacking.length).toBeGreaterThan(2));
  test.each(lacking)('$name lacks required columns', async ({ name, told }) => {
    const { table: seen } = await look(name);
    const named = /required columns? (.*?): found/.exec(told)?.[1]?.replaceAll('`', '').split(', ');
    expect(seen?.matched.missing).toEqual(named);
  });

  it('sees two headers that mean one column', async () => {
    const { table: seen } = await look('duplicate_headers.csv');
    expect(seen?.matched.twice).toEqual({ column: 'name', headers: ['name', 'Name'] });
  });

  it('sees documents that are no tables, and files without a line', async () => {
    expect((await look('rows.json')).kind).toBe('foreign');
    expect((await look('web_page.xls')).kind).toBe('foreign');
    expect((await look('only_blank_lines.csv')).table).toBeNull();
  });
});

describe('what people say about a file is taken', () => {
  const of = (text: string, options: Parameters<typeof preview>[2]) =>
    preview(new Blob([text]), members, options);

  it('maps a column to the header that is named, also but for case and spaces', async () => {
    const file = 'Kunden 2026;;;\nKarte;Name;name;Punkte\nM1;Ann;x;10\n';
    const mapping = { member_no: 'KARTE', name: 'Name', points: 'punkte' };
    const seen = (await of(file, { mapping })).table;
    expect(seen?.headerRow).toBe(2);
    expect(seen?.matched.missing).toEqual([]);
    expect(seen?.matched.twice).toBeNull();
    expect(['member_no', 'name', 'points'].map((name) => seen?.matched.fields.get(name))).toEqual([
      0, 1, 3,
    ]);
  });

  it('names the fields of a file without a header with letters', async () => {
    const seen = (await of('M1;x;Ann\nM2;y;Bo\n', { header: false, mapping: { name: 'C' } })).table;
    expect(seen?.names).toEqual(['A', 'B', 'C']);
    expect(seen?.text?.delimiter).toBe(';');
    expect(seen?.matched.fields.get('name')).toBe(2);
    expect(seen?.matched.missing).toEqual(['member_no']);
  });

  it('knows a corrected file by the import that it continues', async () => {
    const file = "member_no,name,error_row,error_task\nM1,Ann,5,'890475504522275\n";
    expect((await of(file, {})).table?.continues).toBe('890475504522275');
  });

  it('offers an example that has all columns, in either language', async () => {
    for (const business of businesses) {
      for (const inChinese of [false, true]) {
        const seen = await preview(new Blob([exampleFile(business, inChinese)]), business, {});
        expect([...(seen.table?.matched.fields.values() ?? [])]).not.toContain(null);
        expect(seen.table?.rows).toHaveLength(1);
      }
    }
  });
});
