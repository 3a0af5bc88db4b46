// The rows that were not imported, page by page. The API pages and does not search: a search reads
// on until there is a page of matches, and says how far it has looked.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { listErrors } from '../../api/calls';
import type { FileColumn, RowError } from '../../api/types';
import { Trouble } from '../../parts/basics';
import { words } from '../../state/look';
import { isNarrow } from '../../state/narrow';
import { Rows } from './error_rows';
import { matches } from './search';

const PAGE = 20;
/** On phones each row is a block of its own. */
const NARROW_PAGE = 10;
/** Rows that a search reads before it asks whether to go on. */
const STRIDE = 1000;

export function RowErrorsTable(props: { taskId: number; businessId: string; title: string }) {
  const { taskId, businessId, title } = props;
  const t = words.value;
  const read = useSignal<RowError[]>([]);
  const columns = useSignal<FileColumn[]>([]);
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
  const size = isNarrow.value ? NARROW_PAGE : PAGE;
  const wanted = (page.value + 1) * size;
  const isEnd = cursor.value === undefined;
  const lacks =
    found.length < wanted && !isEnd && (!search.value || read.value.length < limit.value);

  useEffect(() => {
    if (!lacks || busy.value || problem.value) return;
    busy.value = true;
    listErrors(taskId, cursor.value ?? null, search.value ? 100 : size)
      .then((answer) => {
        read.value = [...read.value, ...answer.errors];
        columns.value = answer.columns;
        cursor.value = answer.next_cursor ?? undefined;
      })
      .catch((error: Error) => {
        problem.value = error;
      })
      .finally(() => {
        busy.value = false;
      });
  });

  const shown = found.slice(page.value * size, wanted);
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
        <h2>{title}</h2>
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
      <Rows rows={shown} columns={columns.value} isLoading={lacks} businessId={businessId} />
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
