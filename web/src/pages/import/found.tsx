// What was detected of a file, which can be said otherwise, and its first rows.

import type { Encoding } from '../../api/types';
import { Note, Scroll } from '../../parts/basics';
import type { Table } from '../../preview/preview';
import type { Workbook } from '../../preview/workbook/workbook';
import { type Draft, setHeaderRow, setOptions } from '../../state/drafts';
import { words } from '../../state/look';

const ENCODINGS: Encoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'windows-1252'];

export function Found(props: { draft: Draft; table: Table; text: NonNullable<Table['text']> }) {
  const t = words.value.import;
  const { draft, table, text } = props;
  const options = draft.options.value;
  const encoding = text.encoding.toUpperCase();
  const delimiter = t.delimiters[text.delimiter] ?? text.delimiter;
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
      <Header draft={draft} table={table} />
    </div>
  );
}

/** Which sheet of a workbook is imported. */
export function Sheets(props: { draft: Draft; workbook: Workbook; table: Table | null }) {
  const t = words.value;
  const { draft, workbook, table } = props;
  const { sheets, sheet, usual, uncalculated } = workbook;
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
              // Another sheet has another header.
              setOptions(draft, { sheet: name === usual ? null : name, mapping: {} });
            }}
          >
            {sheets.map(({ name, isHidden }) => (
              <option key={name} value={name}>
                {isHidden ? t.import.hiddenSheet(name) : name}
              </option>
            ))}
          </select>
        </label>
        <Header draft={draft} table={table} />
      </div>
      {uncalculated > 0 && <Note>{t.import.uncalculated(uncalculated)}</Note>}
    </>
  );
}

function Header({ draft, table }: { draft: Draft; table: Table | null }) {
  const t = words.value.import;
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={draft.options.value.header !== false}
          onChange={(event) => {
            const header = event.currentTarget.checked ? null : false;
            setOptions(draft, { header, mapping: {} });
          }}
        />
        {t.hasHeader}
      </label>
      {table && <HeaderRow draft={draft} table={table} />}
    </>
  );
}

/** Where the header is. A title above one of unknown names can not be told from it: people say. */
function HeaderRow({ draft, table }: { draft: Draft; table: Table }) {
  const t = words.value;
  const { headerRow, headerChoices } = table;
  if (headerRow === null || headerChoices.length < 2) {
    const text = headerRow === null ? t.import.noHeader : t.import.headerAt(headerRow);
    return <span class="muted">{text}</span>;
  }
  return (
    <label class="inline">
      <span>{t.task.headerRow}</span>
      <select
        value={String(headerRow)}
        onChange={(event) => setHeaderRow(draft, Number(event.currentTarget.value))}
      >
        {headerChoices.map((row) => (
          <option key={row} value={String(row)}>
            {row}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Rows({ table, fileName }: { table: Table; fileName: string }) {
  const t = words.value.import;
  const columns = new Map([...table.matched.fields].map(([column, field]) => [field, column]));
  return (
    <Scroll label={`${t.first}: ${fileName}`}>
      <table class="rows preview">
        <caption class="unseen">{t.first}</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">{words.value.task.errorRow}</span>
            </th>
            {table.names.map((name, place) => (
              <th key={place} scope="col" class={columns.has(place) ? 'known' : 'unknown'}>
                {name || '–'}
                <span class="column">{columns.get(place) ?? '–'}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((record) => (
            <tr key={record.row}>
              <th scope="row">{record.row}</th>
              {table.names.map((_, place) => (
                <td key={place}>{record.fields[place] ?? ''}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
