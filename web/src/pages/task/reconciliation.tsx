// A reconciliation: how far it is, and whether the sums of months are what their entries are.

import { type Compared, reconciledOf } from '../../api/scores';
import { hasEnded, type Task } from '../../api/types';
import { Link, Note, Scroll } from '../../parts/basics';
import { words } from '../../state/look';

export function ReconciliationTiles({ task }: { task: Task }) {
  const { scores: t, f, export: e } = words.value;
  const { rows, chunks } = task;
  if (!rows || hasEnded(task)) return null;
  return (
    <ul class="tiles two">
      <li>
        <span>{t.entries}</span>
        <strong>{f.number(rows.read)}</strong>
      </li>
      <li>
        <span>{e.parts}</span>
        <strong>{e.of(chunks?.done ?? 0, chunks?.total ?? null)}</strong>
      </li>
    </ul>
  );
}

export function Reconciled({ task }: { task: Task }) {
  const { scores, f } = words.value;
  const t = scores.proof;
  const result = reconciledOf(task);
  if (!result) return null;
  const { differences, misplaced, examples } = result;
  const sides: [string, number, string][] = [
    [t.found, result.entries_read, result.points_of_entries],
    [t.kept, result.entries_counted, result.points_of_sums],
  ];
  return (
    <section class="card proof">
      <h2>{t.title}</h2>
      {differences + misplaced === 0 && <Note kind="good">{t.equal}</Note>}
      {differences > 0 && <Note>{t.differences(differences)}</Note>}
      <table class="costs">
        <thead>
          <tr>
            <td />
            <th scope="col">{scores.entries}</th>
            <th scope="col">{scores.points}</th>
          </tr>
        </thead>
        <tbody>
          {sides.map(([name, entries, points]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{f.number(entries)}</td>
              <td>{f.points(points)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {result.differing_segments.length > 0 && (
        <p class="muted">{t.segments(result.differing_segments.length, result.segments)}</p>
      )}
      {examples.length > 0 && <Examples examples={examples} all={differences} />}
    </section>
  );
}

type Example = Compared & { member_no: string; month: string };

function Examples({ examples, all }: { examples: Example[]; all: number }) {
  const { scores, f } = words.value;
  const t = scores.proof;
  const both = (entries: number, points: string) => (
    <>
      {f.points(points)} <span class="muted">({f.number(entries)})</span>
    </>
  );
  return (
    <>
      <h3>{t.where}</h3>
      <p class="muted">{t.brackets}</p>
      <Scroll label={t.where}>
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">{scores.member}</th>
              <th scope="col">{scores.month}</th>
              <th scope="col">{t.found}</th>
              <th scope="col">{t.kept}</th>
            </tr>
          </thead>
          <tbody>
            {examples.map((one) => (
              <tr key={`${one.member_no} ${one.month}`}>
                <td>
                  <Link href={`/scores?member=${encodeURIComponent(one.member_no)}`}>
                    {one.member_no}
                  </Link>
                </td>
                <td class="tight">{f.month(one.month)}</td>
                <td>{both(one.entries_read, one.points_of_entries)}</td>
                <td>{both(one.entries_counted, one.points_of_sums)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {all > examples.length && <p class="muted">{t.examples(examples.length, all)}</p>}
    </>
  );
}
