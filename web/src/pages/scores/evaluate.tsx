// Starting an evaluation: a dry run unless somebody wants it done, and then after a question.

import { useSignal } from '@preact/signals';
import { evaluateScores } from '../../api/score_calls';
import { Refused } from '../../parts/refused';
import { Sure } from '../../parts/sure';
import { words } from '../../state/look';
import { isMonth, monthFromNow } from '../../state/months';
import { MonthField, RangeTrouble } from './month_field';
import { useStart } from './start';

export function Evaluate() {
  const { scores: t, f, import: i } = words.value;
  const period = useSignal(monthFromNow(-1));
  const isDry = useSignal(true);
  const asking = useSignal(false);
  const isPressed = useSignal(false);
  const { busy, problem, begin, clear } = useStart();
  const isWrong = isPressed.value && !isMonth(period.value);
  const start = async () => {
    const [month, dry] = [period.value, isDry.value];
    await begin(`${month} ${dry}`, (id) => evaluateScores(month, dry, id));
    asking.value = false;
  };
  const submit = (event: Event) => {
    event.preventDefault();
    isPressed.value = true;
    if (!isMonth(period.value)) return;
    clear();
    if (isDry.value) void start();
    else asking.value = true;
  };
  const change = () => {
    asking.value = false;
    clear();
  };
  const label = isDry.value ? t.evaluateDry : t.evaluate;
  return (
    <form class="card" onSubmit={submit} onInput={change} noValidate aria-labelledby="evaluate">
      <h2 id="evaluate">{t.evaluateTitle}</h2>
      <p class="muted">{t.evaluateHint}</p>
      <div class="line fields">
        <MonthField label={t.month} value={period} isWrong={isWrong} />
        <label class="check">
          <input
            type="checkbox"
            checked={isDry.value}
            onChange={(event) => (isDry.value = event.currentTarget.checked)}
          />
          {t.dryRun}
        </label>
      </div>
      <RangeTrouble problem={isWrong ? 'blank' : null} />
      {problem.value && <Refused error={problem.value} scope="score:evaluate" />}
      <div class="actions">
        {asking.value ? (
          <Sure
            label={label}
            text={t.evaluateSure(f.month(period.value))}
            yes={t.evaluateYes}
            no={t.evaluateNo}
            busy={busy.value}
            onYes={() => void start()}
            onNo={() => {
              asking.value = false;
            }}
          />
        ) : (
          <button type="submit" class={isDry.value ? 'primary' : ''} disabled={busy.value}>
            {label}
          </button>
        )}
        <span class="muted" role="status">
          {busy.value && i.asking}
        </span>
      </div>
    </form>
  );
}
