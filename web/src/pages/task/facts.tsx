// What is known of a task: its times, its file, and what it took beside what was expected.

import { inputOf, resultOf, type Task, undoneOf } from '../../api/types';
import { Facts } from '../../parts/basics';
import { words } from '../../state/look';
import { firstOf } from '../../words/shorten';

export function Times({ task }: { task: Task }) {
  const t = words.value;
  const time = (iso: string | null | undefined) => (iso ? t.f.time(iso) : null);
  return (
    <section class="card">
      <h2>{t.task.times}</h2>
      <Facts
        facts={[
          [t.task.created, time(task.create_time)],
          [t.task.createdBy, task.created_by],
          [t.task.started, time(task.start_time)],
          [t.task.changed, task.end_time ? null : time(task.modify_time)],
          [t.task.ended, time(task.end_time)],
          [t.task.runs, t.f.number(task.run_count)],
          [t.task.ids, task.user_task_id ? <code>{task.user_task_id}</code> : null],
        ]}
      />
    </section>
  );
}

export function FileFacts({ task }: { task: Task }) {
  const t = words.value;
  const input = inputOf(task);
  if (!input) return null;
  const found = task.detected;
  const rule = resultOf(task)?.on_duplicate ?? input.options?.on_duplicate;
  const inDelimiter = found && found.format !== 'xlsx';
  return (
    <section class="card">
      <h2>{t.task.file}</h2>
      <Facts
        facts={[
          [t.task.name, input.file_name],
          [t.task.size, t.f.bytes(input.size_bytes)],
          [t.task.format, found?.format],
          [t.task.sheet, found?.sheet],
          [t.task.encoding, found?.encoding?.toUpperCase()],
          [
            t.task.delimiter,
            inDelimiter ? (t.import.delimiters[found.delimiter] ?? found.delimiter) : null,
          ],
          [t.task.headerRow, found ? (found.header_row ?? t.task.noHeader) : null],
          [t.task.replaced, found?.replaced || null],
          [t.task.uncalculated, found?.uncalculated_formulas || null],
          [t.task.ignoredColumns, list(task.columns?.ignored)],
          [t.task.missingColumns, list(task.columns?.missing)],
          [t.task.ignoredLines, task.ignored_lines || null],
          [t.import.onDuplicate, rule ? t.import.rules[rule] : null],
        ]}
      />
    </section>
  );
}

const list = (names?: string[]) =>
  names?.length ? firstOf(names, words.value.import.andMore) : null;

export function Costs({ task }: { task: Task }) {
  const t = words.value;
  const result = resultOf(task) ?? undoneOf(task);
  const { estimate, actual } = result ?? {};
  if (!estimate || !actual) return null;
  const lines: [string, string, string][] = [
    [t.task.costRows, t.f.number(estimate.rows), t.f.number(actual.rows)],
    [t.task.costTime, t.f.seconds(estimate.seconds), t.f.seconds(actual.seconds)],
    [t.task.costUnits, t.f.number(estimate.write_units), t.f.number(actual.write_units)],
    [t.task.costDollars, t.f.dollars(estimate.dollars), t.f.dollars(actual.dollars)],
  ];
  return (
    <section class="card">
      <h2>{t.task.cost}</h2>
      <table class="costs">
        <thead>
          <tr>
            <td />
            <th scope="col">{t.task.estimated}</th>
            <th scope="col">{t.task.actual}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(([name, expected, came]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{expected}</td>
              <td>{came}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted">{estimate.basis === 'rows' ? t.task.byCount : t.task.bySize}</p>
    </section>
  );
}
