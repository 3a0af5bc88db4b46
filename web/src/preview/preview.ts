// What a file looks like before it is sent: its first rows, what was detected, and which of its
// fields are which columns. The server looks again and decides.

import type { Business, Options } from '../api/types';
import { type Head, readHead } from './bytes';
import { type CsvRecord, readRecords } from './csv';
import { type Detected, decode, guessEncoding } from './encoding';
import {
  bestLine,
  findDelimiter,
  findHeader,
  HEADER_LINES,
  headerLines,
  letters,
  type Matched,
  match,
  reportColumn,
} from './headers';
import { isTooLarge, readWorkbook, type Workbook } from './workbook/workbook';

/** Rows that are shown. */
const ROWS = 6;

export interface Preview {
  kind: Head['kind'];
  /** Null where there is no line, and for files that only the server reads. */
  table: Table | null;
  /** Null where the file is none, or could not be looked into: the server may read it all the same. */
  workbook: Workbook | null;
  /** Whether it is a workbook of more bytes than are read. */
  isTooLarge: boolean;
}

export interface Table {
  /** How the text is written; null for a sheet. */
  text: { encoding: Detected; delimiter: string } | null;
  /** The row of the header; null where the file has none. */
  headerRow: number | null;
  /** The rows that may be the header, where none has a name that is known. */
  headerChoices: number[];
  /** Names of the fields: the header, or letters. */
  names: string[];
  rows: CsvRecord[];
  matched: Matched;
  /** The import that a corrected file continues. */
  continues: string | null;
}

/** `headerRow` is the header that a person names: where no name is known, the file does not tell. */
export async function preview(
  file: Blob,
  business: Business,
  options: Options,
  headerRow: number | null = null,
): Promise<Preview> {
  const head = await readHead(file);
  const wanted = { business, options, headerRow };
  const seen: Preview = { kind: head.kind, table: null, workbook: null, isTooLarge: false };
  if (head.kind === 'workbook') return lookInto(file, wanted);
  if (head.kind !== 'foreign') seen.table = readText(head, wanted);
  return seen;
}

interface Wanted {
  business: Business;
  options: Options;
  headerRow: number | null;
}

async function lookInto(file: Blob, wanted: Wanted): Promise<Preview> {
  const { business, options } = wanted;
  const seen: Preview = {
    kind: 'workbook',
    table: null,
    workbook: null,
    isTooLarge: isTooLarge(file),
  };
  try {
    seen.workbook = await readWorkbook(file, options.sheet ?? null, HEADER_LINES + ROWS);
    if (!seen.workbook) seen.kind = 'foreign';
  } catch {
    // Damaged, very large or written in an unusual way: the server says what it makes of it.
    return seen;
  }
  const records = seen.workbook?.records ?? [];
  const { record } = bestLine(business, options.mapping ?? {}, headerLines(records));
  seen.table = tableOf(wanted, records, record);
  return seen;
}

function readText(head: Head, wanted: Wanted): Table | null {
  const { business, options } = wanted;
  const encoding = guessEncoding(head.bytes, options.encoding ?? null);
  const text = decode(head.bytes, encoding);
  const given = options.delimiter ?? null;
  const hasHeader = options.header !== false;
  const { delimiter, record } = hasHeader
    ? findHeader(business, options.mapping ?? {}, text, head.whole, given)
    : { delimiter: given ?? findDelimiter(text, head.whole), record: null };
  const records = readRecords(text, delimiter, hasHeader ? 200 : ROWS, head.whole);
  const table = tableOf(wanted, records, record);
  return table && { ...table, text: { encoding, delimiter } };
}

/** `known` is the line that has names of columns. */
function tableOf(wanted: Wanted, records: CsvRecord[], known: CsvRecord | null): Table | null {
  const { business, options, headerRow } = wanted;
  const mapping = options.mapping ?? {};
  if (options.header === false) {
    const rows = records.slice(0, ROWS);
    const names = letters.slice(0, rows[0]?.fields.length ?? 0);
    if (names.length === 0) return null;
    const matched = match(business, names, mapping, false);
    const none = { text: null, headerRow: null, headerChoices: [], continues: null };
    return { ...none, names, rows, matched };
  }
  // Where no name is known, the server takes the first line, until one of another is mapped.
  const header = known ?? records.find((one) => one.row === headerRow) ?? records[0];
  if (!header) return null;
  const rows = records.filter((one) => one.row > header.row).slice(0, ROWS);
  const names = header.fields;
  const place = reportColumn(names);
  const continues = place < 0 ? '' : (rows[0]?.fields[place] ?? '').replace(/^'/, '');
  return {
    text: null,
    headerRow: header.row,
    headerChoices: known ? [] : headerLines(records).map((one) => one.row),
    names,
    rows,
    matched: match(business, names, mapping, true),
    continues: /^\d+$/.test(continues) ? continues : null,
  };
}
