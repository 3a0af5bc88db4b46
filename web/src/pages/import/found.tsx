// What was detected of a file, which can be said otherwise, and its first rows.

import type { Encoding, FilePreview } from '../../api/types';
import { Note, Scroll } from '../../parts/basics';
import type { Workbook } from '../../preview/workbook/workbook';
import { type Draft, setHeader, setHeaderRow, setOptions } from '../../state/drafts';
import { words } from '../../state/look';
import { shortened } from '../../words/shorten';

const ENCODINGS: Encoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'windows-1252'];

export function Found({ draft, seen }: { draft: Draft; seen: FilePreview }) {
  const t = words.value.import;
  const options = draft.options.value;
  const encoding = seen.encoding?.toUpperCase() ?? '–';
  const delimiter = seen.delimiter ? (t.delimiters[seen.delimiter] ?? seen.delimiter) : '–';
  return (
    <div class="line found">
      <label class="inline">
        <span>{t.encoding}</span>
        <select
          value={options.encoding ?? ''}
          onChange={(event) => {
            const chosen = (event.currentTarget.value || null) as Encoding | null;
            setOptions(draft, { encoding: chosen });
          }}
        >
          <option value="">{options.encoding ? '—' : t.auto(encoding)}</option>
          {ENCODINGS.map((one) => (
            <option key={one} value={one}>
              {one.toUpperCase()}
            </option>
          ))}
        </select>
      </label>
      <label class="inline">
        <span>{t.delimiter}</span>
        <select
          value={options.delimiter ?? ''}
          onChange={(event) => setOptions(draft, { delimiter: event.currentTarget.value || null })}
        >
          <option value="">{options.delimiter ? '—' : t.auto(delimiter)}</option>
          {Object.entries(t.delimiters).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <Header draft={draft} seen={seen} />
    </div>
  );
}

/** Which sheet of a workbook is imported. */
export function Sheets(props: { draft: Draft; workbook: Workbook; seen: FilePreview }) {
  const t = words.value;
  const { draft, workbook, seen } = props;
  const { sheets, sheet, uncalculated } = workbook;
  return (
    <>
      <div class="line found">
        <label class="inline">
          <span>{t.task.sheet}</span>
          <select
            value={sheet}
            disabled={sheets.length < 2}
            onChange={(event) => {
              const name = event.currentTarget.value;
              // Another sheet has another header. Also the first one is named when it is chosen: a workbook in
              // which several sheets have the same header is refused if none is named.
              setOptions(draft, { sheet: name, mapping: {} });
            }}
          >
            {sheets.map(({ name, isHidden }) => (
              <option key={name} value={name}>
                {isHidden ? t.import.hiddenSheet(name) : name}
              </option>
            ))}
          </select>
        </label>
        <Header draft={draft} seen={seen} />
      </div>
      {uncalculated > 0 && <Note>{t.import.uncalculated(uncalculated)}</Note>}
    </>
  );
}

function Header({ draft, seen }: { draft: Draft; seen: FilePreview }) {
  const t = words.value.import;
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={draft.options.value.header !== false}
          onChange={(event) => setHeader(draft, event.currentTarget.checked)}
        />
        {t.hasHeader}
      </label>
      {seen.names.length > 0 && <HeaderRow draft={draft} seen={seen} />}
    </>
  );
}

/** Where the header is. A title above one of unknown names can not be told from it: people say. */
function HeaderRow({ draft, seen }: { draft: Draft; seen: FilePreview }) {
  const t = words.value.import;
  const { header_row: row, header_choices: choices } = seen;
  if (row === null) return <span class="muted">{t.noHeader}</span>;
  if (choices.length < 2) return <span class="muted">{t.headerAt(row)}</span>;
  return (
    <label class="inline">
      <span>{words.value.task.headerRow}</span>
      <select
        value={String(row)}
        onChange={(event) => setHeaderRow(draft, Number(event.currentTarget.value))}
      >
        {choices.map((one) => (
          <option key={one} value={String(one)}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The names of the fields, and a blank one for each that rows have beside them, as below a title. */
function namesOf({ names, rows }: FilePreview): string[] {
  const widths = rows.map((line) => line.fields.findLastIndex((field) => field.trim() !== '') + 1);
  const width = Math.max(names.length, ...widths);
  return Array.from({ length: width }, (_, place) => names[place] ?? '');
}

export function Rows({ draft, seen }: { draft: Draft; seen: FilePreview }) {
  const t = words.value.import;
  const names = namesOf(seen);
  const columns = new Map(seen.columns.map((one) => [one.field ?? one.suggested, one]));
  return (
    <Scroll label={`${t.first}: ${draft.file.name}`}>
      <table class="rows preview">
        <caption class="unseen">{t.first}</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">{words.value.task.errorRow}</span>
            </th>
            {names.map((name, place) => {
              const column = columns.get(place);
              const isDeclined = column && draft.declined.value.has(column.column);
              const shown = column && (column.field !== null || !isDeclined) ? column : undefined;
              const kind = !shown ? 'unknown' : shown.field === null ? 'guess' : 'known';
              return (
                <th key={place} scope="col" class={kind} title={name}>
                  <span class="name">{shortened(name, 26) || '–'}</span>
                  <span class="column">
                    {shown ? `${shown.column}${shown.field === null ? ' ?' : ''}` : '–'}
                  </span>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {seen.rows.map((line) => (
            <tr key={line.row}>
              <th scope="row">{line.row}</th>
              {names.map((_, place) => (
                <td key={place}>{line.fields[place] ?? ''}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
