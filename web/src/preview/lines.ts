// Lines and names of fields, as the API has them.

/** A line that is not blank. */
export interface Line {
  /** Its number as a spreadsheet shows it. */
  row: number;
  fields: string[];
}

/** Among how many lines that are not blank the header is looked for. */
export const HEADER_LINES = 10;

/** The columns of a failed-rows file. */
const REPORT = ['error_row', 'error_column', 'error_code', 'error_message', 'error_task'];

export const isReportColumn = (name: string) => REPORT.includes(name.trim().toLowerCase());

/** What a spreadsheet calls the fields: A, B … IV, as many as a file may have. */
export const letters: string[] = Array.from({ length: 256 }, (_, index) => {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : String.fromCharCode(64 + Math.floor(index / 26)) + last;
});
