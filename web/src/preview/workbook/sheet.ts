// The first rows of a sheet, as its part has them: values are resolved later, when it is known which
// of the shared texts are wanted.

import { TextCollector } from './strings';
import { type Token, XmlTokens } from './xml';
import type { Package } from './zip';

export interface Cell {
  column: number;
  /** As ECMA-376 part 1, 18.18.11 names it; `n` for numbers, and so dates. */
  type: string;
  style: number;
  raw: string;
}

export interface Row {
  row: number;
  cells: Cell[];
}

export interface SheetRows {
  /** Those with something in them. */
  rows: Row[];
  /** Formulas without a value: the program that wrote the workbook did not calculate. */
  uncalculated: number;
}

/** The first rows with something in them: at most so many, and fewer if reading takes too long. */
export async function readRows(file: Package, part: string, most: number): Promise<SheetRows> {
  if (!file.has(part)) throw new Error('the sheet is missing');
  const xml = new XmlTokens();
  const reader = new SheetReader();
  const text = file.text(part);
  try {
    for (let next = await text.next(); ; next = await text.next()) {
      // Rows that are only formatted may go on for a million: what there is of others is shown.
      if (next.done && next.value === 'cut off' && reader.rows.length === 0) {
        throw new Error('there is no row among the first bytes');
      }
      if (next.done) return reader;
      for (const token of xml.read(next.value)) {
        reader.take(token);
        if (reader.rows.length >= most) return reader;
      }
    }
  } finally {
    await text.return('cut off');
  }
}

class SheetReader implements SheetRows {
  readonly rows: Row[] = [];
  uncalculated = 0;
  private inData = false;
  private inValue = false;
  private hasFormula = false;
  private row: Row = { row: 0, cells: [] };
  private nextColumn = 0;
  private cell: Cell | null = null;
  private readonly collector = new TextCollector();

  take(token: Token): void {
    if (token.kind === 'start' && token.name === 'sheetData') this.inData = true;
    if (token.kind === 'end' && token.name === 'sheetData') this.inData = false;
    if (!this.inData) return;
    const text = this.collector.take(token);
    if (this.cell) this.cell.raw += text;
    if (token.kind === 'start') this.begin(token.name, token.attributes);
    else if (token.kind === 'end') this.end(token.name);
    else if (this.inValue && this.cell) this.cell.raw += token.text;
  }

  private begin(name: string, attributes: Map<string, string>): void {
    if (name === 'v') this.inValue = true;
    if (name === 'f') this.hasFormula = true;
    if (name === 'row') {
      const row = Number(attributes.get('r') ?? this.row.row + 1);
      if (!(row > this.row.row)) throw new Error('rows are out of order');
      this.row = { row, cells: [] };
      this.nextColumn = 0;
    }
    if (name === 'c') {
      const place = attributes.get('r');
      const column = place === undefined ? this.nextColumn : columnOf(place);
      const style = Number(attributes.get('s') ?? 0);
      this.cell = { column, type: attributes.get('t') ?? 'n', style, raw: '' };
      this.nextColumn = column + 1;
      this.hasFormula = false;
    }
  }

  private end(name: string): void {
    if (name === 'v') this.inValue = false;
    if (name === 'c' && this.cell) {
      const { raw, type } = this.cell;
      if (raw !== '') this.row.cells.push(this.cell);
      else if (this.hasFormula && type !== 'str') this.uncalculated += 1;
      this.cell = null;
    }
    if (name === 'row' && this.row.cells.some((cell) => cell.raw.trim() !== '')) {
      this.rows.push(this.row);
    }
  }
}

/** The most that a sheet has. */
const COLUMNS = 16_384;

/** The column, from 0, of a cell's place such as `AB12`. */
export function columnOf(place: string): number {
  let column = 0;
  for (const letter of /^[a-z]*/i.exec(place)?.[0].toUpperCase() ?? '') {
    column = column * 26 + letter.charCodeAt(0) - 64;
  }
  if (column < 1 || column > COLUMNS) throw new Error('a cell has no place');
  return column - 1;
}
