// An evaluation: how far it is, what it has decided about members, and the file of all decisions.

import { type Counts, type EvaluationResult, evaluatedOf, evaluationOf } from '../../api/scores';
import { hasEnded, type Task } from '../../api/types';
import { Facts, Note } from '../../parts/basics';
import { Download } from '../../parts/download';
import { words } from '../../state/look';
import { Counted, type Line } from './counted';
import { ranked, sumOf, tiersOf } from './ranked';

/** What it comes to, in numbers. */
export function EvaluationTiles({ task }: { task: Task }) {
  const { scores: t, f, export: e } = words.value;
  const { rows, chunks } = task;
  const result = evaluatedOf(task);
  if (!rows || (hasEnded(task) && !result)) return null;
  const tiles: [string, string][] = result
    ? [
        [t.members, f.number(result.members)],
        [t.result.changed, f.number(sumOf(result.changes))],
        [t.result.coupons, f.number(sumOf(result.coupons))],
        [t.result.rewards, f.number(rewarded(result))],
      ]
    : [
        [t.members, f.number(rows.read)],
        [e.parts, e.of(chunks?.done ?? 0, chunks?.total ?? null)],
      ];
  return (
    <ul class="tiles two">
      {tiles.map(([name, number]) => (
        <li key={name}>
          <span>{name}</span>
          <strong>{number}</strong>
        </li>
      ))}
    </ul>
  );
}

const rewarded = (result: EvaluationResult) =>
  Object.values(result.rewards ?? {}).reduce((sum, { members }) => sum + members, 0);

/** Whether it only decides, and what else is to be known before its numbers are read. */
export function EvaluationNotes({ task }: { task: Task }) {
  const t = words.value.scores.result;
  const result = evaluatedOf(task);
  return (
    <>
      {evaluationOf(task)?.dry_run && <Note>{hasEnded(task) ? t.dryRun : t.dryRuns}</Note>}
      {result?.again && <Note>{t.again}</Note>}
      {(result?.without_member ?? 0) > 0 && (
        <Note>{t.withoutMember(result?.without_member ?? 0)}</Note>
      )}
      {(result?.differences ?? 0) > 0 && <Note>{t.corrected(result?.differences ?? 0)}</Note>}
    </>
  );
}

export function Evaluated({ task }: { task: Task }) {
  const { scores: t, f } = words.value;
  const result = evaluatedOf(task);
  if (!result) return null;
  const r = t.result;
  const lines = (counts: Counts, named: (name: string) => Line['name']): Line[] =>
    ranked(counts).map(([key, count]) => ({ key, name: named(key), numbers: [f.number(count)] }));
  const tier = (name: string | null | undefined) => name ?? r.noTier;
  const change = (name: string) => {
    const [from, to] = tiersOf(name);
    return `${tier(from)} → ${tier(to)}`;
  };
  const code = (name: string) => <code>{name}</code>;
  const rewards = Object.entries(result.rewards ?? {}).map(
    ([key, { members, points }]): Line => ({
      key,
      name: code(key),
      numbers: [f.number(members), f.points(points)],
    }),
  );
  const noLonger = lines(result.no_longer_earned, code);
  return (
    <section class="card">
      <h2>{result.dry_run ? r.wouldTitle : r.title}</h2>
      <Facts
        facts={[
          [t.month, f.month(result.period)],
          [r.window, r.range(f.month(result.from), f.month(result.period))],
          [words.value.task.costDollars, result.actual ? f.dollars(result.actual.dollars) : null],
        ]}
      />
      <div class="columns">
        <Counted
          title={r.byTier}
          name={r.tier}
          heads={[t.members]}
          lines={lines(result.tiers, (name) => tier(tiersOf(name)[0]))}
        />
        <Counted
          title={r.changes}
          name={r.change}
          heads={[t.members]}
          lines={lines(result.changes, change)}
        />
        <Counted
          title={r.byRule}
          name={r.why}
          heads={[t.members]}
          lines={lines(result.rules, (name) => r.rules[name] ?? name)}
        />
        <Counted
          title={r.coupons}
          name={r.rule}
          heads={[t.members]}
          lines={lines(result.coupons, code)}
        />
        <Counted title={r.rewards} name={r.rule} heads={[t.members, t.points]} lines={rewards} />
      </div>
      {noLonger.length > 0 && (
        <div class="note">
          <Counted title={r.noLonger} name={r.rule} heads={[t.members]} lines={noLonger} />
          <p>{r.noLongerHint}</p>
        </div>
      )}
      {result.link && (
        <div class="actions offer">
          <Download
            task={task}
            url={result.link}
            of={(one) => evaluatedOf(one)?.link}
            name={`decisions-${result.period}.ndjson`}
            label={r.file}
          />
          <span class="muted">{r.fileHint(f.bytes(result.decisions_bytes))}</span>
        </div>
      )}
    </section>
  );
}
