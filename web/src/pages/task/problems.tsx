// What was wrong, by column and kind, as bars with their numbers.

import type { ProblemCount } from '../../api/types';
import { words } from '../../state/look';

const MOST = 12;

export function Problems({ counts }: { counts: ProblemCount[] }) {
  const t = words.value;
  const most = Math.max(...counts.map((count) => count.rows));
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
          {counts.slice(0, MOST).map((count) => (
            <tr key={`${count.column} ${count.code}`}>
              <th scope="row">
                <code>{count.column || t.task.wholeRow}</code>{' '}
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
    </section>
  );
}
