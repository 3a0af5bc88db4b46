// Which columns are in the file.

import type { Business, Column } from '../../api/types';
import { columnTitle } from '../../state/businesses';
import { change, seesSensitive } from '../../state/exports';
import { words } from '../../state/look';

export function Columns(props: { business: Business; chosen: string[]; isWrong: boolean }) {
  const { business, chosen, isWrong } = props;
  const t = words.value.export;
  const names = business.columns.map((column) => column.name);
  const isSensitive = business.columns.some((column) => column.sensitive) && !seesSensitive();
  const tick = (name: string, isIn: boolean) =>
    change({ columns: isIn ? [...chosen, name] : chosen.filter((one) => one !== name) });
  return (
    <fieldset>
      <legend>{t.columns}</legend>
      <div class="actions">
        <button type="button" onClick={() => change({ columns: names })}>
          {t.all}
        </button>
        <button type="button" onClick={() => change({ columns: [] })}>
          {t.none}
        </button>
        <span class="muted" role="status">
          {t.chosen(chosen.length, names.length)}
        </span>
      </div>
      <div class="ticks">
        {business.columns.map((column) => (
          <label key={column.name} class="tick">
            <input
              type="checkbox"
              checked={chosen.includes(column.name)}
              aria-invalid={isWrong}
              onChange={(event) => tick(column.name, event.currentTarget.checked)}
            />
            <ColumnName business={business} column={column} />
          </label>
        ))}
      </div>
      {isSensitive && <p class="muted">{t.sensitiveHint}</p>}
    </fieldset>
  );
}

function ColumnName({ business, column }: { business: Business; column: Column }) {
  const {
    export: t,
    import: { types },
  } = words.value;
  const title = columnTitle(business, column.name);
  return (
    <span>
      {title && <strong>{title}</strong>} <code>{column.name}</code>{' '}
      <span class="muted">
        {types[column.type] ?? column.type}
        {column.sensitive && ` · ${t.sensitive}`}
      </span>
    </span>
  );
}
