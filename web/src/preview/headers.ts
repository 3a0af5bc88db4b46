// Matching headers to columns, by the server's rules (shared/core/src/definition/header): what both
// do is compared over the files of tests/data/files.

import type { Business, Column } from '../api/types';
import { type CsvRecord, readRecords } from './csv';

export const DELIMITERS = [',', ';', '\t', '|'];

/** Among how many lines that are not blank the header is looked for. */
export const HEADER_LINES = 10;

/** The columns of a failed-rows file; the last names the import that it continues. */
const REPORT = ['error_row', 'error_column', 'error_code', 'error_message', 'error_task'];

/** Headers are compared without case, spaces, `_`, `-` and `*`. */
export function normalize(header: string): string {
  return [...header]
    .filter((character) => !/[\p{White_Space}_\-*\ufeff]/u.test(character))
    .map((character) => character.toLowerCase())
    .join('');
}

const namesOf = (column: Column) => [column.name, ...column.headers].map(normalize);

/** How many columns the fields of a line are headers of. */
export function recognized(
  business: Business,
  mapping: Record<string, string>,
  line: string[],
): number {
  const columns = new Map<string, string>();
  for (const column of business.columns) {
    for (const name of namesOf(column)) columns.set(name, column.name);
    const mapped = mapping[column.name];
    if (mapped !== undefined) columns.set(normalize(mapped), column.name);
  }
  const known = new Set(line.map((field) => columns.get(normalize(field))));
  known.delete(undefined);
  const isReport = line.some((field) => isNamed(field, 'error_task'));
  const ofReport = REPORT.filter((name) => line.some((field) => isNamed(field, name)));
  return known.size + (isReport ? ofReport.length : 0);
}

const isNamed = (field: string, name: string) => field.trim().toLowerCase() === name;

/** The place of the column that says which import a file continues; -1 for other files. */
export const reportColumn = (header: string[]) =>
  header.findLastIndex((field) => isNamed(field, 'error_task'));

export const isReportColumn = (field: string) => REPORT.some((name) => isNamed(field, name));

/** The delimiter and the header's line with most names of columns; null where no name is known. */
export function findHeader(
  business: Business,
  mapping: Record<string, string>,
  text: string,
  whole: boolean,
  given: string | null,
): { delimiter: string; record: CsvRecord | null } {
  const delimiters = given ? [given] : DELIMITERS;
  let best = { score: 0, delimiter: delimiters[0] as string, record: null as CsvRecord | null };
  for (const delimiter of delimiters) {
    const found = bestLine(business, mapping, firstLines(text, delimiter, whole));
    if (found.score > best.score) best = { ...found, delimiter };
  }
  return { delimiter: best.delimiter, record: best.record };
}

/** The line with most names of columns: the first of those with as many. Null if none has any. */
export function bestLine(
  business: Business,
  mapping: Record<string, string>,
  lines: CsvRecord[],
): { score: number; record: CsvRecord | null } {
  let best = { score: 0, record: null as CsvRecord | null };
  for (const record of lines) {
    const score = recognized(business, mapping, record.fields);
    if (score > best.score) best = { score, record };
  }
  return best;
}

/** The delimiter of a file without a header: lines of the same number of fields, and many. */
export function findDelimiter(text: string, whole: boolean): string {
  let best = { even: false, fewest: 0, delimiter: DELIMITERS[0] as string };
  for (const [place, delimiter] of DELIMITERS.entries()) {
    const widths = firstLines(text, delimiter, whole).map((record) => record.fields.length);
    const fewest = widths.length > 0 ? Math.min(...widths) : 0;
    const even = fewest > 1 && fewest === Math.max(...widths);
    const isBetter = even !== best.even ? even : fewest > best.fewest;
    if (place === 0 || isBetter) best = { even, fewest, delimiter };
  }
  return best.delimiter;
}

const firstLines = (text: string, delimiter: string, whole: boolean) =>
  headerLines(readRecords(text, delimiter, HEADER_LINES * 3, whole));

/** The lines among which the header is looked for. */
export const headerLines = (records: CsvRecord[]) =>
  records
    .filter((record) => record.fields.some((field) => field.trim() !== ''))
    .slice(0, HEADER_LINES);

export interface Matched {
  /** The field of each column, by its name; null where the file has none. */
  fields: Map<string, number | null>;
  /** Required columns that the file has not. */
  missing: string[];
  /** Two headers that mean one column. */
  twice: { column: string; headers: [string, string] } | null;
}

/** Which field belongs to which column. `mapping` has headers by column, or letters without one. */
export function match(
  business: Business,
  header: string[],
  mapping: Record<string, string>,
  hasHeader: boolean,
): Matched {
  const fields = new Map<string, number | null>();
  const names = header.map(normalize);
  const taken = new Set<number>();
  for (const [column, wanted] of Object.entries(mapping)) {
    const exact = hasHeader ? header.indexOf(wanted) : letters.indexOf(wanted);
    const place = exact >= 0 || !hasHeader ? exact : names.indexOf(normalize(wanted));
    if (place < 0 || place >= header.length) continue;
    fields.set(column, place);
    taken.add(place);
  }
  let twice: Matched['twice'] = null;
  for (const column of business.columns) {
    if (fields.has(column.name)) continue;
    const wanted = namesOf(column);
    const found = names.flatMap((name, place) =>
      hasHeader && wanted.includes(name) && !taken.has(place) ? [place] : [],
    );
    const [first, second] = found;
    fields.set(column.name, first ?? null);
    if (first !== undefined && second !== undefined) {
      const headers: [string, string] = [header[first] ?? '', header[second] ?? ''];
      twice ??= { column: column.name, headers };
    }
  }
  const missing = business.columns
    .filter((column) => column.required && fields.get(column.name) === null)
    .map((column) => column.name);
  return { fields, missing, twice };
}

/** What a spreadsheet calls the fields: A, B … IV, as many as a file may have. */
export const letters: string[] = Array.from({ length: 256 }, (_, index) => {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : String.fromCharCode(64 + Math.floor(index / 26)) + last;
});
