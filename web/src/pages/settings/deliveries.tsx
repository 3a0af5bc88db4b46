// What the station's webhooks were told: where each message stands, and sending one again.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type Deliveries as Listed, listDeliveries } from '../../api/station';
import { Trouble } from '../../parts/basics';
import { More } from '../../parts/more';
import { Denied, isDenied } from '../../parts/refused';
import { merged, paceOf } from '../../state/deliveries';
import { words } from '../../state/look';
import { type Poll, poll } from '../../state/polling';
import { DeliveryRow } from './delivery_row';

const STATES = ['pending', 'delivered', 'failed'] as const;

export function Deliveries() {
  const t = words.value.deliveries;
  const state = useSignal('');
  const shown = useSignal<Listed | null>(null);
  const problem = useSignal<Error | null>(null);
  const poller = useRef<Poll | null>(null);
  const wanted = state.value;
  useEffect(() => {
    shown.value = null;
    let isWanted = true;
    const polling = poll(async () => {
      try {
        const page = await listDeliveries(wanted, null);
        if (!isWanted) return 'never';
        shown.value = merged(shown.peek(), page);
        problem.value = null;
        return paceOf(shown.value, Date.now());
      } catch (error) {
        if (isWanted) problem.value = error as Error;
        if (isDenied(error as Error)) return 'never';
        throw error;
      }
    });
    poller.current = polling;
    return () => {
      isWanted = false;
      polling.stop();
    };
  }, [wanted, shown, problem]);
  if (isDenied(problem.value)) return <Denied scope="station:admin" />;
  const list = shown.value;
  // A page may be short, and even be empty, with another one behind it.
  const more = async (before: Listed) => {
    const page = await listDeliveries(wanted, before.next_cursor);
    const known = new Set(before.deliveries.map((one) => one.id));
    const others = page.deliveries.filter((one) => !known.has(one.id));
    shown.value = { ...page, deliveries: [...before.deliveries, ...others] };
  };
  return (
    <>
      <p class="muted">{t.hint}</p>
      <search class="filters">
        <label class="inline">
          <span>{t.state}</span>
          <select value={wanted} onChange={(event) => (state.value = event.currentTarget.value)}>
            <option value="">{t.all}</option>
            {STATES.map((one) => (
              <option key={one} value={one}>
                {t.states[one]}
              </option>
            ))}
          </select>
        </label>
      </search>
      {problem.value && <Trouble error={problem.value} onAgain={() => poller.current?.now()} />}
      {!list && !problem.value && <div class="card skeleton tall" aria-hidden="true" />}
      {list && list.deliveries.length === 0 && !list.next_cursor && <Empty isAll={wanted === ''} />}
      {list && list.deliveries.length > 0 && (
        <ul class="deliveries">
          {list.deliveries.map((delivery) => (
            <DeliveryRow
              key={delivery.id}
              delivery={delivery}
              onSent={(sent) => {
                const deliveries = list.deliveries.map((one) => (one.id === sent.id ? sent : one));
                shown.value = { ...list, deliveries };
                poller.current?.now();
              }}
            />
          ))}
        </ul>
      )}
      {list?.next_cursor && <More load={() => more(list)} />}
    </>
  );
}

function Empty({ isAll }: { isAll: boolean }) {
  const t = words.value.deliveries;
  return (
    <div class="empty">
      <h2>{isAll ? t.none : t.noneSo}</h2>
      {isAll && <p>{t.noneHint}</p>}
    </div>
  );
}
