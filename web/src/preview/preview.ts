// What a file looks like before it is sent. The server looks at its first bytes, with the code that
// imports it: what is shown here and what happens then are the same. Of a workbook the first rows are
// read here, as its table of contents is at its end.

import { previewImport } from '../api/calls';
import type { Business, FilePreview, Options, PreviewRequest } from '../api/types';
import { HEADER_LINES } from './lines';
import { isTooLarge, readWorkbook, type Workbook } from './workbook/workbook';

/** How much of a file is sent to be looked at. */
const HEAD_BYTES = 1 << 18;
/** Rows of a sheet that are sent. */
const ROWS = HEADER_LINES + 6;
/** As many fields as a file may have, and the columns of a failed-rows file. */
const MOST_FIELDS = 261;

export interface Preview {
  /** What the server found; null where it was not asked. */
  seen: FilePreview | null;
  /** Null where the file is none, or could not be read here. */
  workbook: Workbook | null;
  /** Whether it is a workbook of more bytes than are read. */
  isTooLarge: boolean;
}

/** `headerRow` is the header that a person names: where no name is known, the file does not tell. */
export async function preview(
  file: Blob,
  business: Business,
  options: Options,
  headerRow: number | null = null,
): Promise<Preview> {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const isArchive = head[0] === 0x50 && head[1] === 0x4b;
  if (isArchive && isTooLarge(file)) return { seen: null, workbook: null, isTooLarge: true };
  const workbook = isArchive ? await look(file, options) : null;
  const content = workbook
    ? { lines: linesOf(workbook) }
    : { head: base64(head), whole: file.size <= HEAD_BYTES };
  const seen = await previewImport({
    business: business.business as PreviewRequest['business'],
    options,
    header_row: headerRow,
    ...content,
  } as PreviewRequest);
  return { seen, workbook, isTooLarge: false };
}

/** Null if it is no workbook, or damaged, very large or written in an unusual way. */
async function look(file: Blob, options: Options): Promise<Workbook | null> {
  try {
    return await readWorkbook(file, options.sheet ?? null, ROWS);
  } catch {
    return null;
  }
}

const linesOf = (workbook: Workbook) =>
  workbook.records.slice(0, ROWS).map(({ row, fields }) => ({
    row,
    fields: fields.slice(0, MOST_FIELDS),
  }));

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(binary);
}
