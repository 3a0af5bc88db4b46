// The workbooks of shared/formats/tests, of which the tests there say what the server makes, and
// what no file may do: keep a person waiting, or be read whole.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parts, workbook, zip } from '../../../tests/harness/workbook';
import { readWorkbook } from './workbook';
import { Budget } from './zip';

const DATA = join(import.meta.dirname, '../../../../shared/formats/tests/data');
const fixture = (name: string) => readFileSync(join(DATA, name));
const look = (file: Uint8Array, sheet: string | null = null) =>
  readWorkbook(new Blob([new Uint8Array(file)]), sheet, 16);
const rowsOf = async (file: Uint8Array, sheet: string | null = null) =>
  (await look(file, sheet))?.records.map(({ row, fields }) => [row, ...fields]);

describe('values are what the server makes of them', () => {
  test('of Excel', async () => {
    const file = fixture('dates_and_numbers.xlsx');
    const seen = await look(file);
    expect(seen?.sheets).toMatchObject([
      { name: 'options', isHidden: true },
      { name: 'Members 2026', isHidden: false },
    ]);
    expect(seen?.sheet).toBe('Members 2026');
    expect(seen?.records.map(({ row }) => row)).toEqual([1, 3, 4, 6, 7]);
    const header = 'phone id_card born joined opens worked share spent postcode active note'.split(
      ' ',
    );
    const values = [
      ['Members on 1 March', ...Array(10).fill('')],
      header,
      '13800138000,622202100100123,2026-03-01,2026-03-01T10:20:30,10:20:30,36:00:00,0.25,1234.1,01234,TRUE'
        .split(',')
        .concat('plain bold, and "quoted"'),
      '13900139000,6222021001001234000,1900-02-29,2026-03-01,,,#DIV/0!,1234.3,007,FALSE'
        .split(',')
        .concat('two\nlines'),
      ['last', ...Array(10).fill('')],
    ];
    expect(seen?.records.map(({ fields }) => fields)).toEqual(values);
    expect(await rowsOf(file, 'OPTIONS')).toEqual([[1, 'gold', 'silver']]);
  });

  test('of Python programs', async () => {
    const file = fixture('chinese_sheets.xlsx');
    const seen = await look(file);
    expect(seen?.records.map(({ fields }) => fields.join('|'))).toEqual([
      '会员号|姓名|生日|积分',
      'A001|张三|1990-05-17|120',
      'A002|欧阳,娜娜|1990-05-17T08:30:00|',
    ]);
    expect(seen?.uncalculated).toBe(1);
    expect(await rowsOf(file, '订单 & 退款')).toEqual([
      [1, '订单号', '金额'],
      [2, '202603010000123', '19.9'],
    ]);
    const inline = await rowsOf(fixture('inline_strings.xlsx'));
    expect(inline?.[0]).toEqual([1, 'name 0', ' padded & <escaped> ', '0']);
  });

  test('rich texts, prefixes, entities, and rows without a number', async () => {
    const strings =
      '<si><r><rPr><b/></rPr><t>a</t></r><r><t xml:space="preserve"> b</t></r>' +
      '<rPh sb="0" eb="1"><t>spoken</t></rPh><phoneticPr/></si>' +
      '<si><t><![CDATA[<c>]]>&#x4E2D;_x005F_x0041_</t></si><x:si><x:t>d</x:t></x:si>';
    const rows =
      '<row r="2"/><x:row><x:c t="s"><x:v>0</x:v></x:c><c t="s"><v> 1 </v></c>' +
      '<c r="E3" t="s"><v>2</v></c><c t="s"/><c t="e"><v>#N/A</v></c><c><v> </v></c></x:row>';
    expect(await rowsOf(zip(parts(rows, strings)))).toEqual([
      [3, 'a b', '<c>中_x0041_', '', '', 'd', '', '#N/A'],
    ]);
  });

  test('a sheet without a row is empty', async () => {
    expect(await rowsOf(zip(parts('')))).toEqual([]);
    expect(await rowsOf(zip(parts('<row r="7"><c><v> </v></c></row>')))).toEqual([]);
  });
});

describe('no file keeps a person waiting', () => {
  it('shows the first rows of a long sheet, with texts from anywhere near', async () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => `<row><c t="s"><v>${n}</v></c></row>`);
    const texts = Array.from({ length: 5_000 }, (_, n) => `<si><t>text ${n}</t></si>`);
    const seen = await rowsOf(zip(parts(rows.reverse().join(''), texts.join(''))));
    expect(seen).toHaveLength(16);
    expect(seen?.[15]).toEqual([16, 'text 4984']);
  });

  it('gives up texts that are too far away, and shows the rows before very many empty ones', async () => {
    // A kilobyte that unpacks to a megabyte.
    const read = (rows: string, texts: string) =>
      readWorkbook(
        new Blob([new Uint8Array(zip(parts(rows, texts)))]),
        null,
        16,
        new Budget(10_000, 200_000),
      );
    const named = '<row><c t="s"><v>199999</v></c></row>';
    await expect(read(named, '<si/>'.repeat(200_000))).rejects.toThrow('too far away');
    const first = '<row><c><v>1</v></c></row>';
    expect((await read(first + '<row/>'.repeat(200_000), ''))?.records).toHaveLength(1);
    await expect(read('<row/>'.repeat(200_000), '')).rejects.toThrow('no row');
    await expect(read(`<row><c><v>${'1'.repeat(5 << 20)}`, '')).rejects.toThrow();
  });

  it('never hangs or spins, wherever a workbook is cut off', async () => {
    const file = fixture('chinese_sheets.xlsx');
    for (let end = 0; end < file.length; end += 7) {
      await expect(look(file.subarray(0, end)), String(end)).rejects.toThrow();
    }
  });

  it('throws where the server would refuse it', async () => {
    const bad = {
      'rows out of order': '<row r="2"/><row r="2"><c><v>1</v></c></row>',
      'a cell without a place': '<row><c r="XFE1"/></row>',
      'a text that is not there': '<row><c t="s"><v>0</v></c></row>',
      'an unknown entity': '<row><c t="str"><v>&unknown;</v></c></row>',
    };
    for (const [what, rows] of Object.entries(bad)) {
      await expect(look(zip(parts(rows))), what).rejects.toThrow();
    }
    await expect(look(workbook({ S: [['a']] }), 'T')).rejects.toThrow();
    const { 'xl/sharedStrings.xml': _, ...others } = parts('<row><c><v>1</v></c></row>');
    await expect(look(zip(others))).rejects.toThrow();
  });

  it('tells other archives from workbooks', async () => {
    expect(await look(zip({ 'word/document.xml': '<w/>' }))).toBeNull();
    expect(
      await look(zip({ 'xl/workbook.bin': '', '_rels/.rels': '<Relationships/>' })),
    ).toBeNull();
  });
});
