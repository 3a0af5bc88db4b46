// Setting up a schedule, or changing one.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { putSchedule, type Schedule } from '../../api/station';
import { useAct } from '../../parts/act';
import { Note } from '../../parts/basics';
import { Refused } from '../../parts/refused';
import { ZONES_ID, Zones } from '../../parts/zones';
import { useBusinesses } from '../../state/businesses';
import { words } from '../../state/look';
import { type Fields, fieldsOf, requestOf, whenOf, wrongWith } from '../../state/schedules';
import { readDays, whenWords } from '../../state/when';
import { DaysFields } from './schedule_days';
import { TaskFields } from './schedule_task';

export function ScheduleForm(props: {
  /** Null for a new one. */
  before: Schedule | null;
  /** Names that a new one may not have. */
  taken: string[];
  onSaved: (schedule: Schedule) => void;
  onCancel: () => void;
}) {
  const { before, taken, onSaved, onCancel } = props;
  const t = words.value;
  const s = t.schedules;
  const first = useBusinesses()?.[0]?.business ?? 'member_import';
  const fields = useSignal<Fields>(fieldsOf(before, first, s.when.last));
  const { busy, problem, act } = useAct();
  /** Whether what is wrong is pointed at: not before somebody wants to go on. */
  const isPressed = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  const now = fields.value;
  useEffect(() => form.current?.querySelector<HTMLElement>('input, select')?.focus(), []);
  const wrong = isPressed.value ? wrongWith(now, taken) : null;
  const change = (changed: Partial<Fields>) => {
    fields.value = { ...fields.value, ...changed };
    problem.value = null;
  };
  const save = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    isPressed.value = true;
    if (wrongWith(now, taken)) {
      requestAnimationFrame(() => {
        form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
      });
      return;
    }
    await act(async () => onSaved(await putSchedule(now.name, requestOf(now, before))));
  };
  const title = before ? s.changeTitle(before.name) : s.newTitle;
  return (
    <form
      ref={form}
      class="card schedule"
      aria-label={title}
      onSubmit={(event) => void save(event)}
      noValidate
    >
      <h2>{title}</h2>
      {!before && (
        <label class="field">
          <span>{s.name}</span>
          <input
            type="text"
            autocomplete="off"
            maxLength={32}
            value={now.name}
            aria-invalid={wrong === 'nameWrong' || wrong === 'nameTaken'}
            onInput={(event) => change({ name: event.currentTarget.value })}
          />
          <span class="muted">{s.nameHint}</span>
        </label>
      )}
      <TaskFields fields={now} before={before} isWrong={wrong === 'bodyWrong'} change={change} />
      <div class="line fields tops">
        <label class="field">
          <span>{s.time}</span>
          <input
            type="time"
            value={now.time}
            aria-invalid={wrong === 'timeWrong'}
            onInput={(event) => change({ time: event.currentTarget.value.slice(0, 5) })}
          />
        </label>
        <label class="field">
          <span>{s.zone}</span>
          <input
            type="text"
            list={ZONES_ID}
            autocomplete="off"
            value={now.zone}
            onInput={(event) => change({ zone: event.currentTarget.value })}
          />
          <span class="muted">{s.zoneHint}</span>
        </label>
        <Zones />
      </div>
      <DaysFields fields={now} isWrong={wrong === 'daysWrong'} change={change} />
      <label class="field">
        <span>{s.missed}</span>
        <select
          value={now.missed}
          onChange={(event) => change({ missed: event.currentTarget.value as Fields['missed'] })}
        >
          <option value="once">{s.missedWays.once}</option>
          <option value="never">{s.missedWays.never}</option>
        </select>
      </label>
      {wrong && <Note kind="bad">{s[wrong]}</Note>}
      {problem.value && <Refused error={problem.value} scope="station:admin" />}
      <p>
        <strong>{readDays(now.days) && now.time ? whenWords(whenOf(now), t) : '…'}</strong>
        <br />
        <span class="muted">{s.rights}</span>
      </p>
      <div class="actions">
        <button type="submit" class="primary" disabled={busy.value}>
          {s.save}
        </button>
        <button type="button" onClick={onCancel}>
          {s.cancel}
        </button>
      </div>
    </form>
  );
}
