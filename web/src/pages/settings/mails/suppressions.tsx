// Who gets no e-mails: the list, adding to it, and releasing from it.

import { useSignal } from '@preact/signals';
import { listSuppressions, putSuppression } from '../../../api/mail_calls';
import type { Suppression } from '../../../api/mails';
import { useAct } from '../../../parts/act';
import { Scroll, Trouble } from '../../../parts/basics';
import { More } from '../../../parts/more';
import { Denied, isDenied, Refused, scopeIn } from '../../../parts/refused';
import { Sure } from '../../../parts/sure';
import { useAnswer } from '../../../state/answer';
import { words } from '../../../state/look';

export function Suppressions() {
  const t = words.value.suppressions;
  const { found, problem, load, put } = useAnswer('suppressions', () => listSuppressions(null));
  const others = (address: string) =>
    (found?.suppressions ?? []).filter((one) => one.address !== address);
  return (
    <section class="card">
      <h2>{t.title}</h2>
      <p class="muted">{t.hint}</p>
      {isDenied(problem) && <Denied scope={(problem && scopeIn(problem)) ?? 'mail:send'} />}
      {problem && !isDenied(problem) && <Trouble error={problem} onAgain={load} />}
      {!found && !problem && <div class="skeleton tall" aria-hidden="true" />}
      {found && (
        <>
          <Add
            onAdded={(added) => {
              const suppressions = [...others(added.address), added];
              suppressions.sort((a, b) => (a.address < b.address ? -1 : 1));
              put({ ...found, suppressions });
            }}
          />
          {found.suppressions.length === 0 && <p>{t.none}</p>}
          {found.suppressions.length > 0 && (
            <Scroll label={t.title}>
              <table class="rows">
                <thead>
                  <tr>
                    <th scope="col">{t.address}</th>
                    <th scope="col">{t.reason}</th>
                    <th scope="col">{t.since}</th>
                    <td />
                  </tr>
                </thead>
                <tbody>
                  {found.suppressions.map((one) => (
                    <Row
                      key={one.address}
                      of={one}
                      onReleased={() => put({ ...found, suppressions: others(one.address) })}
                    />
                  ))}
                </tbody>
              </table>
            </Scroll>
          )}
          {found.next_cursor && (
            <More
              load={async () => {
                const next = await listSuppressions(found.next_cursor);
                const known = new Set(found.suppressions.map((one) => one.address));
                const more = next.suppressions.filter((one) => !known.has(one.address));
                put({ ...next, suppressions: [...found.suppressions, ...more] });
              }}
            />
          )}
        </>
      )}
    </section>
  );
}

function Add({ onAdded }: { onAdded: (added: Suppression) => void }) {
  const t = words.value.suppressions;
  const address = useSignal('');
  const { busy, problem, act } = useAct();
  const add = async (event: Event) => {
    event.preventDefault();
    await act(async () => {
      const { suppression } = await putSuppression(address.value.trim(), true);
      if (suppression) onAdded(suppression);
      address.value = '';
    });
  };
  return (
    <form class="stack" onSubmit={(event) => void add(event)} noValidate>
      <div class="line fields">
        <label class="field">
          <span>{t.address}</span>
          <input
            type="text"
            inputMode="email"
            autocomplete="off"
            value={address.value}
            onInput={(event) => {
              address.value = event.currentTarget.value;
              problem.value = null;
            }}
          />
        </label>
        <button type="submit" disabled={busy.value || address.value.trim() === ''}>
          {t.add}
        </button>
      </div>
      {problem.value && <Refused error={problem.value} scope="mail:send" />}
    </form>
  );
}

function Row({ of, onReleased }: { of: Suppression; onReleased: () => void }) {
  const { suppressions: t, f } = words.value;
  const { busy, problem, act } = useAct();
  const asking = useSignal(false);
  const release = async () => {
    await act(async () => {
      await putSuppression(of.address, false);
      onReleased();
    });
    asking.value = false;
  };
  return (
    <tr>
      <th scope="row">{of.address}</th>
      <td>{t.reasons[of.reason]}</td>
      <td class="tight">{f.shortTime(of.since)}</td>
      <td>
        {asking.value ? (
          <Sure
            label={`${t.release}: ${of.address}`}
            text={t.sure}
            yes={t.yes}
            no={t.no}
            busy={busy.value}
            onYes={() => void release()}
            onNo={() => {
              asking.value = false;
            }}
          />
        ) : (
          <button
            type="button"
            class="quiet"
            aria-label={`${t.release}: ${of.address}`}
            onClick={() => {
              asking.value = true;
            }}
          >
            {t.release}
          </button>
        )}
        {problem.value && <Refused error={problem.value} scope="mail:send" />}
      </td>
    </tr>
  );
}
