// A page of the rows that were not imported: where, what is wrong, what to do, and the row itself.

import type { Business, FileColumn, RowError } from '../../api/types';
import { Scroll } from '../../parts/basics';
import { columnTitles, useBusinesses } from '../../state/businesses';
import { words } from '../../state/look';
import { isNarrow } from '../../state/narrow';
import { inFileOrder, isAtFault } from './fields';
import { hintOf } from './hint';

export function Rows(props: {
  rows: RowError[];
  columns: FileColumn[];
  isLoading: boolean;
  businessId: string;
}) {
  const { rows, columns, isLoading, businessId } = props;
  const t = words.value;
  const all = useBusinesses();
  if (rows.length === 0) return <p class="muted">{isLoading ? '…' : t.task.noMatch}</p>;
  const business = all?.find((one) => one.business === businessId);
  return (
    <Scroll label={t.task.errors}>
      <table class="rows errors">
        <thead>
          <tr>
            <th scope="col">{t.task.errorRow}</th>
            <th scope="col">{t.task.problemColumn}</th>
            <th scope="col">{t.task.errorMessage}</th>
            <th scope="col">{t.task.errorValues}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.row} ${row.code}`}>
              <th scope="row">{isNarrow.value ? t.task.rowAt(row.row) : t.f.number(row.row)}</th>
              <td>
                <code>{row.column || t.task.wholeRow}</code> {columnTitles(business, row.column)}
              </td>
              <td>
                <strong>{codeWords(row.code, t.codes)}</strong>
                <br />
                <Advice row={row} business={business} />
              </td>
              <td class="values">
                <Values row={row} columns={columns} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Advice({ row, business }: { row: RowError; business: Business | undefined }) {
  const { instead } = words.value;
  const hint = instead && hintOf(row, instead.hints, business);
  return (
    <span class="muted">
      {hint?.said.join('')} {(!hint || hint.isUntold) && <span lang="en">{row.message}</span>}
    </span>
  );
}

/** The row's fields. On phones those that are at fault, and the others when they are asked for. */
function Values({ row, columns }: { row: RowError; columns: FileColumn[] }) {
  const t = words.value.task;
  const all = inFileOrder(row, columns);
  const faulty = all.filter(({ column }) => isAtFault(row, column));
  const value = ({ name, column }: FileColumn) => (
    <span key={name} class={isAtFault(row, column) ? 'value fault' : 'value'}>
      <span class="muted">{name}</span> {row.values[name] || '–'}
    </span>
  );
  if (!isNarrow.value) return <>{all.map(value)}</>;
  return (
    <>
      {faulty.map(value)}
      <details>
        <summary>{t.errorValues}</summary>
        {all.filter((one) => !faulty.includes(one)).map(value)}
      </details>
    </>
  );
}

const codeWords = (codes: string, names: Record<string, string>) =>
  codes
    .split('; ')
    .map((code) => names[code] ?? code)
    .join('; ');
