// A member's points by month and day, and of the last three months together, and what it was given.

import { useSignal } from '@preact/signals';
import { scoreSums } from '../../api/score_calls';
import type { MonthSums, Sums } from '../../api/scores';
import { Trouble } from '../../parts/basics';
import { Denied, isDenied, isNotThere } from '../../parts/refused';
import { useAnswer } from '../../state/answer';
import { words } from '../../state/look';
import { GivenCard } from './given';
import type { Shown } from './shown';

export function MemberScores({ member, from, to, turn }: Shown & { turn: number }) {
  const t = words.value.scores;
  const key = JSON.stringify([member, from, to]);
  const { found, problem, load } = useAnswer(key, () => scoreSums(member, from, to), turn);
  if (isDenied(problem)) return <Denied scope="task:read" />;
  if (isNotThere(problem)) {
    return (
      <div class="empty">
        <h2>{t.nobody(member)}</h2>
        <p>{t.nobodyHint}</p>
      </div>
    );
  }
  if (problem) return <Trouble error={problem} onAgain={load} />;
  if (!found) return <div class="card skeleton tall" aria-hidden="true" />;
  return (
    <>
      <section class="card" aria-labelledby="whose">
        <h2 id="whose">{t.of(found.member_no)}</h2>
        <Rolling sums={found} />
        <Months key={key} months={found.months} />
        <p class="muted">{t.lag}</p>
      </section>
      <GivenCard key={member} member={member} turn={turn} />
    </>
  );
}

function Rolling({ sums }: { sums: Sums }) {
  const { scores: t, f } = words.value;
  const { from, to, points, entries } = sums.rolling;
  return (
    <ul class="tiles two">
      <li>
        <span>{t.rolling(f.month(from), f.month(to))}</span>
        <strong>{f.points(points)}</strong>
      </li>
      <li>
        <span>{t.rollingEntries}</span>
        <strong>{f.number(entries)}</strong>
      </li>
    </ul>
  );
}

/** The last month first. Of the newest one that has entries the days are shown, of others on demand. */
function Months({ months }: { months: MonthSums[] }) {
  const t = words.value.scores;
  const newest = [...months].reverse();
  const first = newest.find((month) => month.entries > 0)?.month;
  const open = useSignal<string[]>(first ? [first] : []);
  const toggle = (month: string) => {
    const isOpen = open.value.includes(month);
    open.value = isOpen ? open.value.filter((one) => one !== month) : [...open.value, month];
  };
  return (
    <table class="rows sums">
      <thead>
        <tr>
          <th scope="col">{t.month}</th>
          <th scope="col">{t.points}</th>
          <th scope="col">{t.entries}</th>
        </tr>
      </thead>
      {newest.map((month) => (
        <Month
          key={month.month}
          of={month}
          isOpen={open.value.includes(month.month)}
          onToggle={() => toggle(month.month)}
        />
      ))}
    </table>
  );
}

function Month(props: { of: MonthSums; isOpen: boolean; onToggle: () => void }) {
  const f = words.value.f;
  const { of, isOpen, onToggle } = props;
  const hasDays = of.days.length > 0;
  return (
    <tbody>
      <tr class={hasDays ? '' : 'none'}>
        <th scope="row">
          {hasDays ? (
            <button type="button" class="quiet fold" aria-expanded={isOpen} onClick={onToggle}>
              {f.month(of.month)}
            </button>
          ) : (
            f.month(of.month)
          )}
        </th>
        <td>{hasDays ? f.points(of.points) : '–'}</td>
        <td>{hasDays ? f.number(of.entries) : '–'}</td>
      </tr>
      {isOpen &&
        of.days.map(({ day, points, entries }) => (
          <tr key={day} class="day">
            <th scope="row">{f.day(`${of.month}-${String(day).padStart(2, '0')}`)}</th>
            <td>{f.points(points)}</td>
            <td>{f.number(entries)}</td>
          </tr>
        ))}
    </tbody>
  );
}
