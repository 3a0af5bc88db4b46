// A message to a webhook: what it says, where it stands, and sending it again.

import { type Delivery, resendDelivery } from '../../api/station';
import { useAct } from '../../parts/act';
import { Link } from '../../parts/basics';
import { Refused } from '../../parts/refused';
import { words } from '../../state/look';

/** The colours of the states: those of tasks that wait, have finished and have failed. */
const TONES = { pending: 1, delivered: 3, failed: 5 };

export function DeliveryRow(props: { delivery: Delivery; onSent: (sent: Delivery) => void }) {
  const { delivery, onSent } = props;
  const t = words.value;
  const d = t.deliveries;
  const { busy, problem, act } = useAct();
  const { task_id, state, next_attempt_at: next, last_attempt_at: last, attempts } = delivery;
  const resend = async () => onSent(await resendDelivery(delivery.id));
  return (
    <li class="card">
      <div class="line">
        <strong>{d.types[delivery.type] ?? delivery.type}</strong>
        <span>{d.to(delivery.webhook_id)}</span>
        <span class={`badge status-${TONES[state]}`}>{d.states[state]}</span>
      </div>
      <p class="muted">
        <Link href={`/tasks/${task_id}`}>{t.list.task(task_id)}</Link> · {d.tries(attempts)} ·{' '}
        {d.tried(t.f.time(last))}
        {next && ` · ${d.next(t.f.time(next))}`}
      </p>
      <Why delivery={delivery} />
      {problem.value && <Refused error={problem.value} scope="station:admin" />}
      <button
        type="button"
        class="again"
        disabled={busy.value}
        aria-label={`${d.resend}: ${t.list.task(task_id)}, ${delivery.webhook_id}`}
        onClick={() => void act(resend)}
      >
        {d.resend}
      </button>
    </li>
  );
}

/** Why it was not taken. */
function Why({ delivery }: { delivery: Delivery }) {
  const t = words.value;
  const { problem, response_status: status } = delivery;
  if (!problem) return null;
  // In another language the status is said, and the API's words only where there is none.
  if (t.instead && status) return <p>{t.deliveries.status(status)}</p>;
  return (
    <p class="said" lang="en">
      {problem}
    </p>
  );
}
