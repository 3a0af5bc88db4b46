// What a file looks like before it is sent: its first rows, what was detected, and which of its
// fields are which columns. The server looks again and decides.

import type { Business, Options } from '../api/types';
import { type Head, readHead } from './bytes';
import { type CsvRecord, readRecords } from './csv';
import { type Detected, decode, guessEncoding } from './encoding';
import { findDelimiter, findHeader, letters, type Matched, match, reportColumn } from './headers';

/** Rows that are shown. */
const ROWS = 6;

export interface Preview {
  kind: Head['kind'];
  /** Null for workbooks and foreign files, which only the server reads. */
  table: Table | null;
}

export interface Table {
  encoding: Detected;
  delimiter: string;
  /** The row of the header; null where the file has none. */
  headerRow: number | null;
  /** Names of the fields: the header, or letters. */
  names: string[];
  rows: CsvRecord[];
  matched: Matched;
  /** The import that a corrected file continues. */
  continues: string | null;
}

export async function preview(file: Blob, business: Business, options: Options): Promise<Preview> {
  const head = await readHead(file);
  if (head.kind === 'workbook' || head.kind === 'foreign') return { kind: head.kind, table: null };
  return { kind: head.kind, table: readTable(head, business, options) };
}

function readTable(head: Head, business: Business, options: Options): Table | null {
  const encoding = guessEncoding(head.bytes, options.encoding ?? null);
  const text = decode(head.bytes, encoding);
  const mapping = options.mapping ?? {};
  const given = options.delimiter ?? null;
  if (options.header === false) {
    const delimiter = given ?? findDelimiter(text, head.whole);
    const rows = readRecords(text, delimiter, ROWS, head.whole);
    const width = rows[0]?.fields.length ?? 0;
    if (width === 0) return null;
    const names = letters.slice(0, width);
    const matched = match(business, names, mapping, false);
    return { encoding, delimiter, headerRow: null, names, rows, matched, continues: null };
  }
  const { delimiter, record } = findHeader(business, mapping, text, head.whole, given);
  if (!record) return null;
  const records = readRecords(text, delimiter, 200, head.whole);
  const rows = records.filter((one) => one.row > record.row).slice(0, ROWS);
  const names = record.fields;
  const place = reportColumn(names);
  const continues = place < 0 ? '' : (rows[0]?.fields[place] ?? '').replace(/^'/, '');
  return {
    encoding,
    delimiter,
    headerRow: record.row,
    names,
    rows,
    matched: match(business, names, mapping, true),
    continues: /^\d+$/.test(continues) ? continues : null,
  };
}
