// What evaluations have given to a member, page by page.

import { scoreActions } from '../../api/score_calls';
import type { Action, Actions } from '../../api/scores';
import { Link, Scroll, Trouble } from '../../parts/basics';
import { More } from '../../parts/more';
import { isNotThere } from '../../parts/refused';
import { useAnswer } from '../../state/answer';
import { words } from '../../state/look';

export function GivenCard({ member, turn }: { member: string; turn: number }) {
  const t = words.value.scores;
  const { found, problem, load, put } = useAnswer(member, () => scoreActions(member, null), turn);
  // A page may be short, and even be empty, with another one behind it.
  const more = async (list: Actions) => {
    const page = await scoreActions(member, list.next_cursor);
    put({ ...page, actions: [...list.actions, ...page.actions] });
  };
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
      {found?.next_cursor && <More load={() => more(found)} />}
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
