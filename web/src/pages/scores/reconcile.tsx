// Starting a reconciliation of some months.

import { useSignal } from '@preact/signals';
import { reconcileScores } from '../../api/score_calls';
import { Refused } from '../../parts/refused';
import { words } from '../../state/look';
import { monthFromNow, rangeProblem } from '../../state/months';
import { MonthField, RangeTrouble } from './month_field';
import { useStart } from './start';

export function Reconcile() {
  const { scores: t, import: i } = words.value;
  const from = useSignal(monthFromNow(-2));
  const to = useSignal(monthFromNow(0));
  const isPressed = useSignal(false);
  const { busy, problem, begin, clear } = useStart();
  const wrong = isPressed.value ? rangeProblem(from.value, to.value) : null;
  const submit = (event: Event) => {
    event.preventDefault();
    isPressed.value = true;
    const [first, last] = [from.value, to.value];
    if (rangeProblem(first, last)) return;
    void begin(`${first} ${last}`, (id) => reconcileScores(first, last, id));
  };
  return (
    <form class="card" onSubmit={submit} onInput={clear} noValidate aria-labelledby="reconcile">
      <h2 id="reconcile">{t.reconcileTitle}</h2>
      <p class="muted">{t.reconcileHint}</p>
      <div class="line fields">
        <MonthField label={t.from} value={from} isWrong={wrong !== null} />
        <MonthField label={t.to} value={to} isWrong={wrong !== null} />
      </div>
      <RangeTrouble problem={wrong} />
      {problem.value && <Refused error={problem.value} scope="score:evaluate" />}
      <div class="actions">
        <button type="submit" disabled={busy.value}>
          {t.reconcile}
        </button>
        <span class="muted" role="status">
          {busy.value && i.asking}
        </span>
      </div>
    </form>
  );
}
