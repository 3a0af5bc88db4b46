// A field for a month, and what can be wrong with two of them.

import type { Signal } from '@preact/signals';
import { Note } from '../../parts/basics';
import { words } from '../../state/look';
import type { RangeProblem } from '../../state/months';

/** Browsers without a picker of months take it as text: the placeholder says in which form. */
export function MonthField(props: { label: string; value: Signal<string>; isWrong: boolean }) {
  const { label, value, isWrong } = props;
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="month"
        placeholder="2026-01"
        value={value.value}
        aria-invalid={isWrong}
        onInput={(event) => (value.value = event.currentTarget.value.trim())}
      />
    </label>
  );
}

export function RangeTrouble({ problem }: { problem: RangeProblem | null }) {
  return problem && <Note kind="bad">{words.value.scores.ranges[problem]}</Note>;
}
