// The fields of a row that was not imported: in which order, and which of them are at fault.

import type { FileColumn, RowError } from '../../api/types';

/** A row names the columns of the definition, whatever the file calls them. */
export const isAtFault = (row: RowError, column: string | null) =>
  column !== null && row.column.split('; ').includes(column);

/** The columns of the file; those that only the row has come last. */
export function inFileOrder(row: RowError, columns: FileColumn[]): FileColumn[] {
  const known = columns.filter(({ name }) => name in row.values);
  const names = new Set(known.map(({ name }) => name));
  const others = Object.keys(row.values).filter((name) => !names.has(name));
  return [...known, ...others.map((name) => ({ name, column: name }))];
}
