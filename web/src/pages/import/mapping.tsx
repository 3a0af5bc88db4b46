// Which field of the file is which column: what was found, and what is to be chosen by hand.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Business } from '../../api/types';
import { Note } from '../../parts/basics';
import { isReportColumn, letters } from '../../preview/headers';
import type { Table } from '../../preview/preview';
import { columnTitle } from '../../state/businesses';
import { type Draft, setOptions } from '../../state/drafts';
import { words } from '../../state/look';

export function Mapping({ draft, table }: { draft: Draft; table: Table }) {
  const t = words.value.import;
  const business = draft.business.value;
  const { fields, missing, twice } = table.matched;
  const taken = new Set(fields.values());
  const ignored = table.names.filter(
    (name, place) => !taken.has(place) && !isReportColumn(name) && name.trim() !== '',
  );
  const called = (name: string) =>
    [name, columnTitle(business, name)].filter((word) => word !== '').join(' ');
  const matched = [...fields.values()].filter((field) => field !== null).length;
  const isWrong = missing.length > 0 || twice !== null;
  // It stays open while people choose, also when nothing is wrong any more.
  const open = useSignal(isWrong);
  useEffect(() => {
    if (isWrong) open.value = true;
  }, [isWrong, open]);
  return (
    <>
      {missing.length > 0 && <Note kind="bad">{t.missing(missing.map(called).join(', '))}</Note>}
      {twice && <Note kind="bad">{t.twice(twice.column, ...twice.headers)}</Note>}
      <details
        class="mapping"
        open={open.value}
        onToggle={(event) => {
          open.value = event.currentTarget.open;
        }}
      >
        <summary>
          {t.mapping}
          {words.value.colon}
          {t.allMatched(matched)}
          {ignored.length > 0 && <span class="muted"> · {t.ignored(ignored.join(', '))}</span>}
        </summary>
        <div class="pairs">
          {business.columns.map((column) => (
            <Pair key={column.name} draft={draft} table={table} column={column} />
          ))}
        </div>
      </details>
    </>
  );
}

function Pair(props: { draft: Draft; table: Table; column: Business['columns'][number] }) {
  const t = words.value.import;
  const { draft, table, column } = props;
  const field = table.matched.fields.get(column.name) ?? null;
  const isMissing = table.matched.missing.includes(column.name);
  const pick = (value: string) => {
    const mapping = { ...draft.options.value.mapping };
    if (value === '') delete mapping[column.name];
    else {
      const place = Number(value);
      const said = table.headerRow === null ? letters[place] : table.names[place];
      // One field is for one column.
      for (const [other, name] of Object.entries(mapping)) {
        if (name === said) delete mapping[other];
      }
      mapping[column.name] = said ?? '';
    }
    setOptions(draft, { mapping });
  };
  return (
    <label class={isMissing ? 'pair wrong' : 'pair'}>
      <span>
        <code>{column.name}</code> {columnTitle(draft.business.value, column.name)}{' '}
        <span class="muted">{column.required ? t.required : t.optional}</span>
      </span>
      <select
        value={field === null ? '' : String(field)}
        aria-invalid={isMissing}
        onChange={(event) => pick(event.currentTarget.value)}
      >
        <option value="">{t.notInFile}</option>
        {table.names.map((name, place) => (
          <option key={place} value={String(place)}>
            {name || letters[place]}
          </option>
        ))}
      </select>
    </label>
  );
}
