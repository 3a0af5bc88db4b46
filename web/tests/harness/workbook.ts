// Workbooks to import, small and as a program might write them.

import { crc32, deflateRawSync } from 'node:zlib';

/** A ZIP archive. Its sizes are in its directory, as programs write them that stream. */
export function zip(parts: Record<string, string | Buffer>): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(parts)) {
    const bytes = Buffer.from(content as string);
    const packed = deflateRawSync(bytes);
    const nameBytes = Buffer.from(name);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(20, 4);
    header.writeUInt16LE(8, 6);
    header.writeUInt16LE(8, 8);
    header.writeUInt16LE(nameBytes.length, 26);
    const sizes = Buffer.alloc(16);
    sizes.writeUInt32LE(0x08074b50, 0);
    sizes.writeUInt32LE(crc32(bytes), 4);
    sizes.writeUInt32LE(packed.length, 8);
    sizes.writeUInt32LE(bytes.length, 12);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 6);
    header.copy(entry, 8, 6, 10);
    sizes.copy(entry, 16, 4);
    entry.writeUInt16LE(nameBytes.length, 28);
    entry.writeUInt32LE(at, 42);
    pieces.push(header, nameBytes, packed, sizes);
    directory.push(entry, nameBytes);
    at += header.length + nameBytes.length + packed.length + sizes.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length / 2, 8);
  end.writeUInt16LE(directory.length / 2, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...pieces, listed, end]);
}

/** The parts of a workbook whose first sheet has these rows, and the workbook these shared texts. */
export function parts(rows: string, strings = ''): Record<string, string> {
  return {
    'xl/workbook.xml': '<workbook><sheets><sheet name="S" r:id="rId1"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels': relations(['worksheets/sheet1.xml'], STRINGS),
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${rows}</sheetData></worksheet>`,
    'xl/sharedStrings.xml': `<sst>${strings}</sst>`,
  };
}

/** A workbook of sheets with texts and numbers. */
export function workbook(sheets: Record<string, (string | number)[][]>): Buffer {
  const names = Object.keys(sheets);
  const listed = names.map((name, place) => `<sheet name="${name}" r:id="rId${place + 1}"/>`);
  const paths = names.map((_, place) => `worksheets/sheet${place + 1}.xml`);
  const files = Object.values(sheets).map((rows, place): [string, string] => [
    `xl/${paths[place]}`,
    `<worksheet><sheetData>${rows.map(row).join('')}</sheetData></worksheet>`,
  ]);
  return zip({
    '[Content_Types].xml': '<Types/>',
    'xl/workbook.xml': `<workbook><sheets>${listed.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(paths),
    ...Object.fromEntries(files),
  });
}

const TYPE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const STRINGS = `<Relationship Id="s" Type="${TYPE}/sharedStrings" Target="/xl/sharedStrings.xml"/>`;

function relations(sheets: string[], others = ''): string {
  const each = sheets.map(
    (path, place) =>
      `<Relationship Id="rId${place + 1}" Type="${TYPE}/worksheet" Target="${path}"/>`,
  );
  return `<Relationships>${each.join('')}${others}</Relationships>`;
}

const row = (cells: (string | number)[]) => `<row>${cells.map(cell).join('')}</row>`;

const cell = (value: string | number) =>
  typeof value === 'number'
    ? `<c><v>${value}</v></c>`
    : `<c t="inlineStr"><is><t>${value}</t></is></c>`;
