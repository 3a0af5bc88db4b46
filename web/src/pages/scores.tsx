// Scores: a member's points and what it was given, and the tasks that evaluate and reconcile all members.

import { useSignal } from '@preact/signals';
import { words } from '../state/look';
import { rangeProblem } from '../state/months';
import { Evaluate } from './scores/evaluate';
import { Find } from './scores/find';
import { MemberScores } from './scores/member';
import { Reconcile } from './scores/reconcile';
import type { Shown } from './scores/shown';

export function Scores({ shown }: { shown: Shown }) {
  const t = words.value.scores;
  const { member, from, to } = shown;
  /** How often the same was asked for again: sums follow their entries. */
  const turn = useSignal(0);
  const isAsked = member !== '' && rangeProblem(from, to) === null;
  return (
    <>
      <h1>{t.title}</h1>
      <Find
        key={`${member} ${from} ${to}`}
        shown={shown}
        onAgain={() => {
          turn.value += 1;
        }}
      />
      {isAsked && <MemberScores member={member} from={from} to={to} turn={turn.value} />}
      <div class="columns">
        <Evaluate />
        <Reconcile />
      </div>
    </>
  );
}
