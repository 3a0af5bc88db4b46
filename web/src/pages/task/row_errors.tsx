// The rows that were not imported, page by page. The API pages and does not search: a search reads
// on until there is a page of matches, and says how far it has looked.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { listErrors } from '../../api/calls';
import type { RowError } from '../../api/types';
import { Scroll, Trouble } from '../../parts/basics';
import { words } from '../../state/look';
import { matches } from './search';

const PAGE = 20;
/** Rows that a search reads before it asks whether to go on. */
const STRIDE = 1000;

export function RowErrorsTable({ taskId }: { taskId: number }) {
  const t = words.value;
  const read = useSignal<RowError[]>([]);
  /** Where the next rows are: null at first, undefined after the last. */
  const cursor = useSignal<string | null | undefined>(null);
  const page = useSignal(0);
  const search = useSignal('');
  const busy = useSignal(false);
  const problem = useSignal<Error | null>(null);
  const limit = useSignal(STRIDE);

  const found = search.value
    ? read.value.filter((row) => matches(row, search.value, t.codes))
    : read.value;
  const wanted = (page.value + 1) * PAGE;
  const isEnd = cursor.value === undefined;
  const lacks =
    found.length < wanted && !isEnd && (!search.value || read.value.length < limit.value);

  useEffect(() => {
    if (!lacks || busy.value || problem.value) return;
    busy.value = true;
    listErrors(taskId, cursor.value ?? null, search.value ? 100 : PAGE)
      .then((answer) => {
        read.value = [...read.value, ...answer.errors];
        cursor.value = answer.next_cursor ?? undefined;
      })
      .catch((error: Error) => {
        problem.value = error;
      })
      .finally(() => {
        busy.value = false;
      });
  });

  const shown = found.slice(page.value * PAGE, wanted);
  const again = () => {
    // A retry makes the errors anew, and old cursors of no use.
    read.value = [];
    cursor.value = null;
    page.value = 0;
    problem.value = null;
  };
  return (
    <section class="card">
      <div class="head">
        <h2>{t.task.errors}</h2>
        <label class="inline">
          <span class="unseen">{t.task.search}</span>
          <input
            type="search"
            placeholder={t.task.searchHint}
            aria-label={t.task.search}
            value={search.value}
            onInput={(event) => {
              search.value = event.currentTarget.value;
              page.value = 0;
              limit.value = Math.max(STRIDE, read.value.length);
            }}
          />
        </label>
      </div>
      {problem.value && <Trouble error={problem.value} onAgain={again} />}
      <Rows rows={shown} isLoading={lacks} />
      <div class="line pages">
        <button type="button" disabled={page.value === 0} onClick={() => (page.value -= 1)}>
          {t.task.previous}
        </button>
        <span>{t.task.page(page.value + 1)}</span>
        <button
          type="button"
          disabled={found.length <= wanted && isEnd}
          onClick={() => (page.value += 1)}
        >
          {t.task.next}
        </button>
        {search.value && <span class="muted">{t.task.searched(read.value.length)}</span>}
        {search.value && !isEnd && !lacks && found.length < wanted && (
          <button type="button" onClick={() => (limit.value = read.value.length + STRIDE)}>
            {t.task.searchMore}
          </button>
        )}
      </div>
    </section>
  );
}

function Rows({ rows, isLoading }: { rows: RowError[]; isLoading: boolean }) {
  const t = words.value;
  if (rows.length === 0) return <p class="muted">{isLoading ? '…' : t.task.noMatch}</p>;
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
              <th scope="row">{t.f.number(row.row)}</th>
              <td>
                <code>{row.column}</code>
              </td>
              <td>
                <strong>{codeWords(row.code, t.codes)}</strong>
                <br />
                <span class="muted" lang="en">
                  {row.message}
                </span>
              </td>
              <td class="values">
                {Object.entries(row.values).map(([name, value]) => (
                  <span key={name} class={isAtFault(row, name) ? 'value fault' : 'value'}>
                    <span class="muted">{name}</span> {value || '–'}
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const isAtFault = (row: RowError, name: string) => row.column.split('; ').includes(name);

const codeWords = (codes: string, names: Record<string, string>) =>
  codes
    .split('; ')
    .map((code) => names[code] ?? code)
    .join('; ');
