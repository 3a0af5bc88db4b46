// A mailing: how far it is, what is sent to whom, and what became of the e-mails.

import { type Audience, mailedOf, mailingOf, OUTCOMES } from '../../api/mails';
import { hasEnded, type Task } from '../../api/types';
import { Facts, Link, Note } from '../../parts/basics';
import { Download } from '../../parts/download';
import { businesses, titleOf } from '../../state/businesses';
import { words } from '../../state/look';
import { restsUntil } from '../../state/resting';

/** The classes that have the colours of these outcomes. */
const CLASSES = {
  sent: 'succeeded',
  failed: 'failed',
  suppressed: 'skipped',
  duplicate: 'duplicate',
  unknown: 'failed',
};

/** What it comes to so far. The card of the result has the numbers of one that has ended. */
export function MailingTiles({ task }: { task: Task }) {
  const { mails: t, f, export: e } = words.value;
  const { rows, chunks } = task;
  if (!rows || hasEnded(task)) return null;
  const tiles: [string, string, string][] = [
    [t.recipients, f.number(rows.read), ''],
    [t.outcomes.sent, f.number(rows.succeeded), rows.succeeded > 0 ? 'succeeded' : 'none'],
    [t.outcomes.failed, f.number(rows.failed), rows.failed > 0 ? 'failed' : 'none'],
    [e.parts, e.of(chunks?.done ?? 0, chunks?.total ?? null), ''],
  ];
  return (
    <ul class="tiles two">
      {tiles.map(([name, number, kind]) => (
        <li key={name} class={kind}>
          <span>
            {kind && <span class="dot" aria-hidden="true" />}
            {name}
          </span>
          <strong>{number}</strong>
        </li>
      ))}
    </ul>
  );
}

/** When it goes on by itself. */
export function MailingNotes({ task }: { task: Task }) {
  const { mails: t, f } = words.value;
  const until = restsUntil(task);
  return until && <Note>{t.restsUntil(f.time(until))}</Note>;
}

/** What is sent, and to whom. */
export function MailingAsked({ task }: { task: Task }) {
  const { mails: t } = words.value;
  const input = mailingOf(task);
  if (!input) return null;
  const { audience } = input;
  return (
    <section class="card">
      <h2>{t.sending}</h2>
      <Facts
        facts={[
          [t.template, `${input.template} · ${input.language} · ${t.version(input.version)}`],
          [
            t.audience,
            'import' in audience ? (
              <Link key="import" href={`/tasks/${audience.import.task_id}`}>
                {t.created(audience.import.task_id)}
              </Link>
            ) : (
              audienceWords(audience)
            ),
          ],
          [t.from, input.from_name],
          [t.replyTo, input.reply_to],
          [t.onUnknown, t.unknownWays[input.on_unknown]],
        ]}
      />
    </section>
  );
}

function audienceWords(audience: Exclude<Audience, { import: unknown }>): string {
  const t = words.value.mails;
  if ('addresses' in audience) return t.addresses(audience.addresses.count);
  const { business: id, filter } = audience.rows;
  const business = businesses.value?.find((one) => one.business === id);
  return t.rows(business ? titleOf(business) : id, Object.keys(filter ?? {}).length);
}

/** What became of each recipient, and the list of those who were not sent to. */
export function Mailed({ task }: { task: Task }) {
  const { mails: t, f, task: ofTask } = words.value;
  const result = mailedOf(task);
  if (!result) return null;
  return (
    <section class="card mailed">
      <h2>{t.title}</h2>
      <table class="costs">
        <thead>
          <tr>
            <th scope="col">{t.outcome}</th>
            <th scope="col">{t.recipients}</th>
          </tr>
        </thead>
        <tbody>
          {OUTCOMES.map((outcome) => (
            <tr key={outcome}>
              <th scope="row" class={result[outcome] > 0 ? CLASSES[outcome] : 'none'}>
                <span class="dot" aria-hidden="true" />
                {t.outcomes[outcome]}
                {result[outcome] > 0 && <p class="muted">{t.meanings[outcome]}</p>}
              </th>
              <td>{f.number(result[outcome])}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t.all}</th>
            <td>
              <strong>{f.number(result.audience)}</strong>
            </td>
          </tr>
        </tfoot>
      </table>
      <Facts
        facts={[[ofTask.costDollars, result.actual ? f.dollars(result.actual.dollars) : null]]}
      />
      {result.link ? (
        <div class="actions offer">
          <Download
            task={task}
            url={result.link}
            of={(one) => mailedOf(one)?.link}
            label={t.list}
          />
          <span class="muted">{t.listHint(result.not_sent)}</span>
        </div>
      ) : (
        result.not_sent > 0 && <p class="muted">{t.listDenied}</p>
      )}
    </section>
  );
}
