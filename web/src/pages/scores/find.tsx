// Whose scores are shown, and of which months.

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { go } from '../../route';
import { words } from '../../state/look';
import { rangeProblem } from '../../state/months';
import { MonthField, RangeTrouble } from './month_field';
import type { Shown } from './shown';

/** `onAgain` is told when the same is asked for once more. */
export function Find({ shown, onAgain }: { shown: Shown; onAgain: () => void }) {
  const t = words.value.scores;
  const member = useSignal(shown.member);
  const from = useSignal(shown.from);
  const to = useSignal(shown.to);
  /** Whether what is wrong is pointed at: not before somebody wants to go on. */
  const isPressed = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  const problem = rangeProblem(from.value, to.value);
  const find = (event: Event) => {
    event.preventDefault();
    isPressed.value = true;
    const wanted = member.value.trim();
    if (wanted === '' || problem) {
      requestAnimationFrame(() => {
        form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
      });
      return;
    }
    const isSame = from.value === shown.from && to.value === shown.to;
    if (isSame && wanted === shown.member) {
      onAgain();
      return;
    }
    const search = new URLSearchParams({ member: wanted, from: from.value, to: to.value });
    go(`/scores?${search}`);
  };
  return (
    <search>
      <form ref={form} class="card" onSubmit={find} noValidate>
        <div class="line fields">
          <label class="field">
            <span>{t.memberNo}</span>
            <input
              type="text"
              class="number"
              autocomplete="off"
              value={member.value}
              aria-invalid={isPressed.value && member.value.trim() === ''}
              onInput={(event) => (member.value = event.currentTarget.value)}
            />
          </label>
          <MonthField label={t.from} value={from} isWrong={isPressed.value && problem !== null} />
          <MonthField label={t.to} value={to} isWrong={isPressed.value && problem !== null} />
          <button type="submit" class="primary">
            {t.find}
          </button>
        </div>
        <RangeTrouble problem={isPressed.value ? problem : null} />
      </form>
    </search>
  );
}
