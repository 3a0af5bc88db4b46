// What is seen of a workbook before it is sent: its sheets, and the first rows of one of them, with
// the values and row numbers that the server gives them (shared/formats/src/workbook). Little of
// the file is read, and little of that is kept.

import { HEADER_LINES, type Line } from '../lines';
import { booleanText, isoDateText, numberText } from './cell';
import { chooseSheet, readParts, type Sheet } from './parts';
import { type Cell, readRows } from './sheet';
import { readStrings, unescaped } from './strings';
import { readStyles, type Styles } from './styles';
import { Budget, Package } from './zip';

/** What the server reads, by docs/api.md. */
const MOST_BYTES = 100 << 20;

/** Longer than this nobody should wait for a preview, nor should more be unpacked of one part. */
const MILLISECONDS = 3_000;
const PART_BYTES = 96 << 20;

export interface Workbook {
  sheets: Pick<Sheet, 'name' | 'isHidden'>[];
  /** The name of the sheet whose rows these are. */
  sheet: string;
  /** Rows with something in them, as wide as the table. */
  records: Line[];
  uncalculated: number;
}

export const isTooLarge = (file: Blob) => file.size > MOST_BYTES;

/** Null if the archive is no workbook that is read. It throws where the preview can not be made. */
export async function readWorkbook(
  file: Blob,
  asked: string | null,
  most: number,
  budget = new Budget(MILLISECONDS, PART_BYTES),
): Promise<Workbook | null> {
  const archive = await Package.open(file, budget);
  const parts = await readParts(archive);
  if (!parts) return null;
  const sheet = chooseSheet(parts.sheets, asked);
  if (!sheet) throw new Error('there is no such sheet');
  const { rows, uncalculated } = await readRows(archive, sheet.part, most);
  const shared = rows.flatMap(({ cells }) => cells.filter((cell) => cell.type === 's'));
  const wanted = new Set(shared.filter((cell) => cell.raw.trim() !== '').map(numberOf));
  const strings = await readStrings(archive, parts.strings, wanted);
  const styles = await readStyles(archive, parts.styles);
  const records = rows.map(({ row, cells }): Line => {
    const fields: string[] = [];
    for (const cell of cells) {
      const text = textOf(cell, strings, styles, parts.from1904);
      if (text.trim() === '') continue;
      while (fields.length < cell.column) fields.push('');
      fields[cell.column] = text;
    }
    return { row, fields };
  });
  const filled = records.filter((record) => record.fields.length > 0);
  // The server, too, takes the width from the lines among which the header is.
  const width = Math.max(0, ...filled.slice(0, HEADER_LINES).map(({ fields }) => fields.length));
  for (const { fields } of filled) while (fields.length < width) fields.push('');
  return { sheets: parts.sheets, sheet: sheet.name, records: filled, uncalculated };
}

const numberOf = (cell: Cell) => Number(cell.raw);

function textOf(
  cell: Cell,
  strings: Map<number, string>,
  styles: Styles,
  from1904: boolean,
): string {
  const { type, raw, style } = cell;
  if (type === 'n') return numberText(raw, styles(style), from1904);
  if (type === 'b') return booleanText(raw);
  if (type === 'd') return isoDateText(raw, styles(style));
  if (type === 'inlineStr' || type === 'str') return unescaped(raw);
  if (type !== 's' || raw.trim() === '') return raw;
  const text = strings.get(numberOf(cell));
  if (text === undefined) throw new Error('a shared text is too far away');
  return text;
}
