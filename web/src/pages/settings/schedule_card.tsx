// One schedule: what it starts and when, its next and its last run, and what can be done with it.

import { useSignal } from '@preact/signals';
import { deleteSchedule, putSchedule, type Schedule, type ScheduledTask } from '../../api/station';
import { useAct } from '../../parts/act';
import { FORMATS } from '../../parts/asked';
import { Facts, Link } from '../../parts/basics';
import { Refused } from '../../parts/refused';
import { Sure } from '../../parts/sure';
import { businesses, titleOf } from '../../state/businesses';
import { words } from '../../state/look';
import { kindOf, turned } from '../../state/schedules';
import { whenWords } from '../../state/when';

export function ScheduleCard(props: {
  schedule: Schedule;
  onChange: () => void;
  onSaved: (schedule: Schedule) => void;
  onDeleted: () => void;
}) {
  const { schedule, onChange, onSaved, onDeleted } = props;
  const t = words.value;
  const s = t.schedules;
  const { name, enabled } = schedule;
  const { busy, problem, act } = useAct();
  const asking = useSignal(false);
  const change = async (call: () => Promise<void>) => {
    await act(call);
    asking.value = false;
  };
  const turn = async () => onSaved(await putSchedule(name, turned(schedule, !enabled)));
  const remove = async () => {
    await deleteSchedule(name);
    onDeleted();
  };
  return (
    <section class="card schedule" aria-label={name}>
      <div class="line">
        <h2>{name}</h2>
        <span class={`badge status-${enabled ? 3 : 1}`}>{enabled ? s.on : s.off}</span>
      </div>
      <p>
        {whenWords(schedule.when, t)} <span class="muted">({schedule.time_zone})</span>
        <br />
        {startsWords(schedule.task)}
      </p>
      <Facts
        facts={[
          [s.next, schedule.next_at ? t.f.time(schedule.next_at) : s.noNext],
          [s.last, <LastRun key="last" of={schedule.last} />],
          [s.setBy, schedule.created_by],
        ]}
      />
      {problem.value && <Refused error={problem.value} scope="station:admin" />}
      <div class="actions">
        {asking.value ? (
          <Sure
            label={`${s.delete}: ${name}`}
            text={s.deleteSure}
            yes={s.deleteYes}
            no={s.deleteNo}
            busy={busy.value}
            onYes={() => void change(remove)}
            onNo={() => {
              asking.value = false;
            }}
          />
        ) : (
          <>
            <button type="button" aria-label={`${s.change}: ${name}`} onClick={onChange}>
              {s.change}
            </button>
            <button
              type="button"
              aria-label={`${enabled ? s.disable : s.enable}: ${name}`}
              disabled={busy.value}
              onClick={() => void change(turn)}
            >
              {enabled ? s.disable : s.enable}
            </button>
            <button
              type="button"
              class="quiet"
              aria-label={`${s.delete}: ${name}`}
              onClick={() => {
                asking.value = true;
              }}
            >
              {s.delete}
            </button>
          </>
        )}
      </div>
    </section>
  );
}

function LastRun({ of }: { of: Schedule['last'] }) {
  const t = words.value;
  if (!of) return <>{t.schedules.noLast}</>;
  const at = t.f.time(of.due_at);
  if (of.task_id) {
    return (
      <>
        {at} · <Link href={`/tasks/${of.task_id}`}>{t.list.task(of.task_id)}</Link>
      </>
    );
  }
  return (
    <>
      {t.schedules.failed(at)} {of.problem && <span lang="en">{of.problem}</span>}
    </>
  );
}

/** What it starts, shortly. */
function startsWords(task: ScheduledTask): string {
  const t = words.value.schedules;
  if (task.add) return t.service(task.add.name, task.add.business_name);
  if (!task.export) {
    const of = task.import?.object_key ?? task.mail?.template;
    return [t.kinds[kindOf(task)], of].filter(Boolean).join(': ');
  }
  const { business: id, format, columns, filter } = task.export;
  const business = businesses.value?.find((one) => one.business === id);
  const conditions = Object.keys((filter as object | null) ?? {}).length;
  const chosen = Array.isArray(columns) ? columns.length : 0;
  return [
    t.export(business ? titleOf(business) : id, FORMATS[format ?? 'csv']),
    conditions > 0 ? t.conditions(conditions) : '',
    chosen > 0 ? t.columns(chosen) : '',
  ]
    .filter(Boolean)
    .join(' · ');
}
