// An export: how far it is, its file, and what was asked for.

import { exportedOf, exportOf, hasEnded, type Task } from '../../api/types';
import { columnsAsked, conditionsAsked, FORMATS } from '../../parts/asked';
import { Facts, Note } from '../../parts/basics';
import { Download } from '../../parts/download';
import { businessOf } from '../../state/businesses';
import { words } from '../../state/look';
import { firstOf } from '../../words/shorten';

/** Columns that are named. */
const MOST = 20;

export function ExportTiles({ task }: { task: Task }) {
  const t = words.value;
  const { rows, chunks } = task;
  const result = exportedOf(task);
  // What was read for an export that failed is in no file.
  if (!rows || (hasEnded(task) && !result)) return null;
  return (
    <ul class="tiles two">
      <li class="succeeded">
        <span>
          <span class="dot" aria-hidden="true" />
          {t.rows.exported}
        </span>
        <strong>{t.f.number(rows.succeeded)}</strong>
      </li>
      <li>
        <span>{result ? t.task.size : t.export.parts}</span>
        <strong>
          {result ? t.f.bytes(result.bytes) : t.export.of(chunks?.done ?? 0, chunks?.total ?? null)}
        </strong>
      </li>
    </ul>
  );
}

/** The file, to be taken home. */
export function Offer({ task }: { task: Task }) {
  const t = words.value.export;
  const result = exportedOf(task);
  if (!result?.link) return null;
  return (
    <>
      {result.rows === 0 && <Note>{t.noRows}</Note>}
      <div class="actions offer">
        <Download
          task={task}
          url={result.link}
          of={(one) => exportedOf(one)?.link}
          name={result.file_name}
          label={t.download}
        />
        <span class="muted">{result.file_name}</span>
      </div>
    </>
  );
}

export function Asked({ task }: { task: Task }) {
  const t = words.value;
  const input = exportOf(task);
  if (!input) return null;
  const columns = columnsAsked(task);
  const conditions = conditionsAsked(task);
  return (
    <section class="card">
      <h2>{t.export.asked}</h2>
      <Facts
        facts={[
          [t.list.business, businessOf(task)],
          [t.export.format, FORMATS[input.format]],
          [t.export.rows, conditions.length === 0 ? t.export.everyRow : <List of={conditions} />],
          [t.export.columns, firstOf(columns, t.import.andMore, MOST)],
        ]}
      />
    </section>
  );
}

const List = ({ of }: { of: string[] }) => (
  <ul class="lines">
    {of.map((line) => (
      <li key={line}>{line}</li>
    ))}
  </ul>
);

export function Exported({ task }: { task: Task }) {
  const t = words.value;
  const result = exportedOf(task);
  if (!result) return null;
  return (
    <section class="card">
      <h2>{t.task.file}</h2>
      <Facts
        facts={[
          [t.task.name, result.file_name],
          [t.task.costRows, t.f.number(result.rows)],
          [t.task.size, t.f.bytes(result.bytes)],
          [t.export.asOf, t.f.time(result.as_of)],
          ['CRC-64/NVME', <code key="crc">{result.crc64nvme}</code>],
          [t.task.costDollars, result.actual ? t.f.dollars(result.actual.dollars) : null],
        ]}
      />
    </section>
  );
}
