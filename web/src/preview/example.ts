// The file to begin with: the columns of a business and a row that is right.

import type { Business, Column } from '../api/types';

export function exampleFile(business: Business, inChinese: boolean): string {
  const header = business.columns.map((column) => {
    return (inChinese && chineseHeader(column)) || column.name;
  });
  const row = business.columns.map((column) => column.example);
  const line = (fields: string[]) => fields.map(quoted).join(',');
  // With the mark, a spreadsheet that is opened by a double click reads it as UTF-8.
  return `\ufeff${line(header)}\r\n${line(row)}\r\n`;
}

export const chineseHeader = (column: Column) =>
  column.headers.find((name) => /\p{Script=Han}/u.test(name));

export const englishHeader = (column: Column) =>
  column.headers.find((name) => !/\p{Script=Han}/u.test(name));

const quoted = (field: string) =>
  /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
