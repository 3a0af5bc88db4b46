// What evaluations have given to a member, page by page.

import { useSignal } from '@preact/signals';
import { scoreActions } from '../../api/score_calls';
import type { Action, Actions } from '../../api/scores';
import { Link, Scroll, Trouble } from '../../parts/basics';
import { isNotThere } from '../../parts/refused';
import { useAnswer } from '../../state/answer';
import { words } from '../../state/look';

export function GivenCard({ member, turn }: { member: string; turn: number }) {
  const t = words.value.scores;
  const { found, problem, load, put } = useAnswer(member, () => scoreActions(member, null), turn);
  if (!found && !problem) return <div class="card skeleton" aria-hidden="true" />;
  return (
    <section class="card">
      <h2>{t.given}</h2>
      {problem && isNotThere(problem) && <p class="muted">{t.noMember}</p>}
      {problem && !isNotThere(problem) && <Trouble error={problem} onAgain={load} />}
      {found && found.actions.length === 0 && !found.next_cursor && (
        <p class="muted">{t.nothingGiven}</p>
      )}
      {found && found.actions.length > 0 && <Table actions={found.actions} />}
      {found?.next_cursor && <More member={member} found={found} put={put} />}
    </section>
  );
}

function Table({ actions }: { actions: Action[] }) {
  const { scores: t, f } = words.value;
  return (
    <Scroll label={t.given}>
      <table class="rows given">
        <thead>
          <tr>
            <th scope="col">{t.month}</th>
            <th scope="col">{t.what}</th>
            <th scope="col">{t.counted}</th>
            <th scope="col">{t.when}</th>
          </tr>
        </thead>
        <tbody>
          {actions.map((action) => (
            <tr key={`${action.period} ${action.kind} ${action.rule} ${action.at}`}>
              <th scope="row" class="tight">
                {f.month(action.period)}
              </th>
              <td class="what">{actionWords(action)}</td>
              <td class="counted-points" data-name={t.counted}>
                {f.points(action.window_points)}
              </td>
              <td>
                <Link href={`/tasks/${action.task_id}`} aria-label={by(action)}>
                  <time dateTime={action.at}>{f.shortTime(action.at)}</time>
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const by = (action: Action) => {
  const t = words.value;
  return `${t.f.shortTime(action.at)}, ${t.list.task(action.task_id)}`;
};

function actionWords(action: Action) {
  const { scores: t, f } = words.value;
  if (action.kind === 'tier') {
    const tier = (name: string | null) => name ?? t.result.noTier;
    return `${t.result.tier}${words.value.colon}${tier(action.tier_before)} → ${tier(action.tier_after)}`;
  }
  return (
    <>
      {action.kind === 'coupon'
        ? t.coupon(action.coupon ?? '')
        : t.reward(f.points(action.points ?? '0'))}{' '}
      <code class="muted">{action.rule}</code>
    </>
  );
}

/** Adds a page: it may be short, and even be empty, with another one behind it. */
function More(props: { member: string; found: Actions; put: (found: Actions) => void }) {
  const { member, found, put } = props;
  const busy = useSignal(false);
  const problem = useSignal<Error | null>(null);
  const load = async () => {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      const page = await scoreActions(member, found.next_cursor);
      put({ ...page, actions: [...found.actions, ...page.actions] });
    } catch (error) {
      problem.value = error as Error;
    }
    busy.value = false;
  };
  return (
    <p class="more">
      {problem.value && <Trouble error={problem.value} />}
      <button type="button" disabled={busy.value} onClick={() => void load()}>
        {words.value.list.more}
      </button>
    </p>
  );
}
