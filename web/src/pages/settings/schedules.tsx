// The schedules of the station: what they start and when, what became of the last run, and changing them.

import { useSignal } from '@preact/signals';
import { listSchedules, type Schedule } from '../../api/station';
import { Trouble } from '../../parts/basics';
import { Denied, isDenied } from '../../parts/refused';
import { useAnswer } from '../../state/answer';
import { useBusinesses } from '../../state/businesses';
import { words } from '../../state/look';
import { MOST_SCHEDULES } from '../../state/schedules';
import { ScheduleCard } from './schedule_card';
import { ScheduleForm } from './schedule_form';

/** What is being set up: a new one, one that is changed by its name, or nothing. */
type Editing = { name: string | null } | null;

const byName = (one: Schedule, other: Schedule) => (one.name < other.name ? -1 : 1);

export function Schedules() {
  const t = words.value.schedules;
  useBusinesses();
  const editing = useSignal<Editing>(null);
  const { found, problem, load, put } = useAnswer('schedules', listSchedules);
  if (isDenied(problem)) return <Denied scope="station:admin" />;
  if (problem) return <Trouble error={problem} onAgain={load} />;
  if (!found) return <div class="card skeleton tall" aria-hidden="true" />;

  const others = (name: string) => found.filter((one) => one.name !== name);
  const isNew = editing.value !== null && editing.value.name === null;
  const close = () => {
    editing.value = null;
    // The form had the focus.
    document.getElementById('main')?.focus({ preventScroll: true });
  };
  const saved = (schedule: Schedule) => {
    put([...others(schedule.name), schedule].sort(byName));
    close();
  };
  return (
    <>
      <div class="head">
        <p class="muted">{t.hint}</p>
        {found.length < MOST_SCHEDULES ? (
          <button
            type="button"
            class="primary"
            disabled={editing.value !== null}
            onClick={() => {
              editing.value = { name: null };
            }}
          >
            {t.add}
          </button>
        ) : (
          <p>{t.most(MOST_SCHEDULES)}</p>
        )}
      </div>
      {isNew && (
        <ScheduleForm
          before={null}
          taken={found.map((one) => one.name)}
          onSaved={saved}
          onCancel={close}
        />
      )}
      {found.length === 0 && !isNew && (
        <div class="empty">
          <h2>{t.none}</h2>
        </div>
      )}
      {found.map((schedule) =>
        editing.value?.name === schedule.name ? (
          <ScheduleForm
            key={schedule.name}
            before={schedule}
            taken={[]}
            onSaved={saved}
            onCancel={close}
          />
        ) : (
          <ScheduleCard
            key={schedule.name}
            schedule={schedule}
            onChange={() => {
              editing.value = { name: schedule.name };
            }}
            onSaved={(changed) => put([...others(changed.name), changed].sort(byName))}
            onDeleted={() => put(others(schedule.name))}
          />
        ),
      )}
    </>
  );
}
