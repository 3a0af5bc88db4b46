// Which fields people have taken columns from by hand, so that a file with the same names is not mapped
// anew each month. It is kept in this browser, for each station and business.

import type { FilePreview, Options } from '../api/types';
import { session } from './session';

/** Names of a column's field that are kept: files of several makers may come in turn. */
const MOST = 5;

type Mapping = NonNullable<Options['mapping']>;

/** The names by column, the latest first. */
type Kept = Record<string, string[]>;

const keyOf = (business: string) => `sluice.mapping.${session.peek()?.station}.${business}`;

function read(business: string): Kept {
  try {
    return JSON.parse(localStorage.getItem(keyOf(business)) ?? 'null') ?? {};
  } catch {
    return {};
  }
}

/** Keeps a mapping that a file was sent with. */
export function keepMapping(business: string, mapping: Mapping): void {
  if (Object.keys(mapping).length === 0) return;
  const kept = read(business);
  for (const [column, name] of Object.entries(mapping)) {
    // One field is for one column.
    for (const [other, names] of Object.entries(kept)) {
      kept[other] = names.filter((one) => one !== name);
    }
    kept[column] = [name, ...(kept[column] ?? [])].slice(0, MOST);
  }
  try {
    localStorage.setItem(keyOf(business), JSON.stringify(kept));
  } catch {
    // The next file is mapped by hand, then.
  }
}

/**
 * The fields of a file that columns were taken from before; none that another column has been found in.
 * Where no name is known, the header is the line that has most of them, such as one below a title.
 */
export function recall(business: string, seen: FilePreview): Mapping {
  const kept = Object.entries(read(business));
  const below = seen.header_choices.length > 1 ? seen.rows.map((row) => row.fields) : [];
  const inLine = (names: string[]): Mapping => {
    const owner = (name: string) =>
      seen.columns.find((one) => one.field !== null && names[one.field] === name)?.column;
    const mapping: Mapping = {};
    for (const [column, known] of kept) {
      const name = known.find((one) => names.includes(one));
      if (name !== undefined && owner(name) === undefined) mapping[column] = name;
    }
    return mapping;
  };
  const size = (mapping: Mapping) => Object.keys(mapping).length;
  return [seen.names, ...below]
    .map(inLine)
    .reduce((best, one) => (size(one) > size(best) ? one : best));
}
