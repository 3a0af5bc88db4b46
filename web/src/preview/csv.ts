// The first records of a CSV text, read as the server reads them (csv-core's rules): a quote counts
// at a field's start only, and rows have the numbers that a spreadsheet shows.

export interface CsvRecord {
  /** Blank lines count. */
  row: number;
  fields: string[];
}

/** The first records; a last one that the text does not end is left out unless it is `whole`. */
export function readRecords(
  text: string,
  delimiter: string,
  most: number,
  whole: boolean,
): CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let begun = false;
  let row = 1;
  let index = 0;

  const endRecord = () => {
    if (begun || fields.length > 0) records.push({ row, fields: [...fields, field] });
    fields = [];
    field = '';
    begun = false;
    row += 1;
  };

  while (index < text.length && records.length < most) {
    const character = text[index] as string;
    index += 1;
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[index] === '"') {
        field += '"';
        index += 1;
      } else quoted = false;
    } else if (character === '"' && field === '' && !(begun && text[index - 2] === '"')) {
      quoted = true;
      begun = true;
    } else if (character === delimiter) {
      fields.push(field);
      field = '';
      begun = true;
    } else if (character === '\n' || character === '\r') {
      if (character === '\r' && text[index] === '\n') index += 1;
      endRecord();
    } else {
      field += character;
      begun = true;
    }
  }
  if (whole && index >= text.length && !quoted && (begun || fields.length > 0)) endRecord();
  return records.slice(0, most);
}
