// What a search in the rows that were not imported finds.

import type { RowError } from '../../api/types';

/** Whether every word is somewhere in the row: its number, column, kind, message or values. */
export function matches(row: RowError, search: string, codes: Record<string, string>): boolean {
  const kinds = row.code.split('; ').map((code) => codes[code] ?? code);
  const text = [row.row, row.column, row.code, ...kinds, row.message, ...Object.values(row.values)]
    .join('\n')
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
