// On which days a schedule starts its task: what is left out does not matter.

import { words } from '../../state/look';
import type { Fields } from '../../state/schedules';
import { WEEKDAYS } from '../../state/when';

const MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/** With the value, or without it, in the order of all values. */
const toggled = <T,>(chosen: T[], value: T, all: T[]): T[] =>
  all.filter((one) => (one === value ? !chosen.includes(one) : chosen.includes(one)));

export function DaysFields(props: {
  fields: Fields;
  isWrong: boolean;
  change: (changed: Partial<Fields>) => void;
}) {
  const { fields, isWrong, change } = props;
  const { schedules: s, f } = words.value;
  return (
    <>
      <fieldset>
        <legend>{s.weekdays}</legend>
        <div class="line">
          {WEEKDAYS.map((day, place) => (
            <label key={day} class="check">
              <input
                type="checkbox"
                checked={fields.weekdays.includes(day)}
                onChange={() => change({ weekdays: toggled(fields.weekdays, day, WEEKDAYS) })}
              />
              {f.weekday(place)}
            </label>
          ))}
        </div>
      </fieldset>
      <label class="field">
        <span>{s.days}</span>
        <input
          type="text"
          autocomplete="off"
          value={fields.days}
          aria-invalid={isWrong}
          onInput={(event) => change({ days: event.currentTarget.value })}
        />
        <span class="muted">{s.daysHint}</span>
      </label>
      <details open={fields.months.length > 0}>
        <summary>{s.months}</summary>
        <fieldset>
          <legend class="unseen">{s.months}</legend>
          <div class="line">
            {MONTHS.map((month) => (
              <label key={month} class="check">
                <input
                  type="checkbox"
                  checked={fields.months.includes(month)}
                  onChange={() => change({ months: toggled(fields.months, month, MONTHS) })}
                />
                {f.monthName(month)}
              </label>
            ))}
          </div>
        </fieldset>
      </details>
    </>
  );
}
