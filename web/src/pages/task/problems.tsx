// What was wrong, by column and kind, as bars with their numbers.

import { useSignal } from '@preact/signals';
import type { ProblemCount } from '../../api/types';
import { columnTitles, useBusinesses } from '../../state/businesses';
import { words } from '../../state/look';

const MOST = 12;

export function Problems({ counts, businessId }: { counts: ProblemCount[]; businessId: string }) {
  const t = words.value;
  const business = useBusinesses()?.find((one) => one.business === businessId);
  const all = useSignal(false);
  const most = Math.max(...counts.map((count) => count.rows));
  const shown = all.value ? counts : counts.slice(0, MOST);
  return (
    <section class="card">
      <h2>{t.task.problems}</h2>
      <table class="chart">
        <thead class="unseen">
          <tr>
            <th>{t.task.problem}</th>
            <th>{t.task.problemRows}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((count) => (
            <tr key={`${count.column} ${count.code}`}>
              <th scope="row">
                <code>{count.column || t.task.wholeRow}</code>{' '}
                {columnTitles(business, count.column)}{' '}
                <span class="muted">{t.codes[count.code] ?? count.code}</span>
              </th>
              <td>
                <span class="measure">
                  <span style={{ width: `${(count.rows / most) * 100}%` }} />
                </span>
                <strong>{t.f.number(count.rows)}</strong>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < counts.length && (
        <p>
          <button
            type="button"
            onClick={() => {
              all.value = true;
            }}
          >
            {t.list.more}
          </button>
        </p>
      )}
    </section>
  );
}
