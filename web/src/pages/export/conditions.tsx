// Which rows are in the file: those that meet a condition on each of some columns.

import { useEffect, useRef } from 'preact/hooks';
import type { Business, Column } from '../../api/types';
import { columnTitle } from '../../state/businesses';
import {
  blankCondition,
  type Condition,
  change,
  freeColumns,
  isSaid,
  type Way,
  waysOf,
} from '../../state/exports';
import { words } from '../../state/look';

export function Conditions(props: {
  business: Business;
  conditions: Condition[];
  isPressed: boolean;
}) {
  const { business, conditions, isPressed } = props;
  const t = words.value.export;
  const list = useRef<HTMLUListElement>(null);
  const add = useRef<HTMLButtonElement>(null);
  const count = useRef(conditions.length);
  // The focus goes to what has come, and does not get lost with what has gone.
  useEffect(() => {
    if (conditions.length > count.current) {
      list.current?.querySelector<HTMLElement>('li:last-child select')?.focus();
    } else if (conditions.length < count.current) add.current?.focus();
    count.current = conditions.length;
  }, [conditions.length]);

  const free = freeColumns(business, conditions);
  const first = free[0];
  const replace = (key: number, by: Condition) =>
    change({ conditions: conditions.map((one) => (one.key === key ? by : one)) });
  const has = (type: string) =>
    conditions.some((one) => business.columns.find((c) => c.name === one.column)?.type === type);
  return (
    <fieldset>
      <legend>{t.rows}</legend>
      <p class="muted">{conditions.length === 0 ? t.everyRow : t.meetsAll}</p>
      {conditions.length > 0 && (
        <ul class="conditions" ref={list}>
          {conditions.map((condition) => (
            <Line
              key={condition.key}
              business={business}
              condition={condition}
              free={free}
              isWrong={isPressed && !isSaid(condition)}
              onChange={(by) => replace(condition.key, by)}
              onRemove={() =>
                change({ conditions: conditions.filter((one) => one.key !== condition.key) })
              }
            />
          ))}
        </ul>
      )}
      {has('date_time') && <p class="muted">{t.zone}</p>}
      <div class="actions">
        <button
          type="button"
          ref={add}
          disabled={!first}
          onClick={() => first && change({ conditions: [...conditions, blankCondition(first)] })}
        >
          {t.add}
        </button>
      </div>
    </fieldset>
  );
}

function Line(props: {
  business: Business;
  condition: Condition;
  free: Column[];
  isWrong: boolean;
  onChange: (by: Condition) => void;
  onRemove: () => void;
}) {
  const { business, condition, free, isWrong, onChange, onRemove } = props;
  const t = words.value.export;
  const column = business.columns.find((one) => one.name === condition.column);
  if (!column) return null;
  const called = (one: Column) => columnTitle(business, one.name) || one.name;
  const name = called(column);
  const choices = business.columns.filter((one) => one === column || free.includes(one));
  const field = (of: 'value' | 'from' | 'to', label: string) => (
    <Field
      column={column}
      label={label}
      name={name}
      value={condition[of]}
      isShown={of !== 'value'}
      isWrong={isWrong}
      onChange={(text) => onChange({ ...condition, [of]: text })}
    />
  );
  return (
    <li>
      <select
        aria-label={t.column}
        value={column.name}
        onChange={(event) => {
          const other = business.columns.find((one) => one.name === event.currentTarget.value);
          if (other) onChange({ ...blankCondition(other), key: condition.key });
        }}
      >
        {choices.map((one) => (
          <option key={one.name} value={one.name}>
            {called(one)}
          </option>
        ))}
      </select>
      <select
        aria-label={`${t.condition} (${name})`}
        value={condition.way}
        onChange={(event) => onChange({ ...condition, way: event.currentTarget.value as Way })}
      >
        {waysOf(column).map((way) => (
          <option key={way} value={way}>
            {t.ways[way]}
          </option>
        ))}
      </select>
      {condition.way === 'is' && field('value', t.value)}
      {condition.way === 'between' && field('from', t.from)}
      {condition.way === 'between' && field('to', t.to)}
      <button type="button" class="quiet" aria-label={t.removeOf(name)} onClick={onRemove}>
        {t.remove}
      </button>
    </li>
  );
}

/** The kinds of fields that browsers have for a type. */
const INPUTS: Record<string, 'date' | 'datetime-local'> = {
  date: 'date',
  date_time: 'datetime-local',
};

function Field(props: {
  column: Column;
  label: string;
  name: string;
  value: string;
  isShown: boolean;
  isWrong: boolean;
  onChange: (text: string) => void;
}) {
  const { column, label, name, value, isShown, isWrong, onChange } = props;
  const t = words.value.export;
  const about = { value, 'aria-label': `${label} (${name})`, 'aria-invalid': isWrong };
  const values: [value: string, word: string][] =
    column.type === 'boolean'
      ? [
          ['true', t.yes],
          ['false', t.no],
        ]
      : column.allowed.map((one) => [one, one]);
  if (values.length > 0) {
    return (
      <select {...about} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{t.choose}</option>
        {values.map(([one, word]) => (
          <option key={one} value={one}>
            {word}
          </option>
        ))}
      </select>
    );
  }
  const isNumber = column.type === 'integer' || column.type === 'decimal';
  const kind = INPUTS[column.type];
  const typed = (event: { currentTarget: HTMLInputElement }) => onChange(event.currentTarget.value);
  return (
    <span class="inline">
      {isShown && <span aria-hidden="true">{label}</span>}
      {kind ? (
        // With seconds, which some moments have.
        <input {...about} type={kind} step={kind === 'date' ? 'any' : 1} onInput={typed} />
      ) : (
        <input
          {...about}
          type="text"
          inputMode={isNumber ? 'decimal' : 'text'}
          class={isNumber ? 'number' : ''}
          autocomplete="off"
          onInput={typed}
        />
      )}
    </span>
  );
}
