// What was detected of a file, which can be said otherwise, and its first rows.

import type { Encoding } from '../../api/types';
import { Scroll } from '../../parts/basics';
import type { Table } from '../../preview/preview';
import { type Draft, setOptions } from '../../state/drafts';
import { words } from '../../state/look';

const ENCODINGS: Encoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'windows-1252'];

export function Found({ draft, table }: { draft: Draft; table: Table }) {
  const t = words.value.import;
  const options = draft.options.value;
  const encoding = table.encoding.toUpperCase();
  const delimiter = t.delimiters[table.delimiter] ?? table.delimiter;
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
      <label class="check">
        <input
          type="checkbox"
          checked={options.header !== false}
          onChange={(event) => {
            const header = event.currentTarget.checked ? null : false;
            setOptions(draft, { header, mapping: {} });
          }}
        />
        {t.hasHeader}
      </label>
      <span class="muted">
        {table.headerRow === null ? t.noHeader : t.headerAt(table.headerRow)}
      </span>
    </div>
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
