// Exporting: which rows and columns of a business, and as what file.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Business, ExportFormat } from '../api/types';
import { useAct } from '../parts/act';
import { Note, refusalWords, Trouble } from '../parts/basics';
import { BusinessChoice } from '../parts/business_choice';
import { go } from '../route';
import { businessTrouble, columnWords, loadBusinesses, useBusinesses } from '../state/businesses';
import {
  change,
  draft,
  everything,
  isSaid,
  requestOf,
  seesSensitive,
  startExport,
} from '../state/exports';
import { words } from '../state/look';
import { Columns } from './export/columns';
import { Conditions } from './export/conditions';

export function Export({ business }: { business: string }) {
  const t = words.value;
  const all = useBusinesses();
  const chosen =
    all?.find((one) => one.business === (business || draft.value?.business)) ?? all?.[0];
  return (
    <>
      <h1>{t.export.title}</h1>
      {businessTrouble.value && (
        <Trouble error={businessTrouble.value} onAgain={() => void loadBusinesses()} />
      )}
      {all?.length === 0 && <p>{t.export.noBusiness}</p>}
      {!all && !businessTrouble.value && <div class="card skeleton tall" aria-hidden="true" />}
      {all && chosen && <Form key={chosen.business} all={all} business={chosen} />}
    </>
  );
}

function Form({ all, business }: { all: Business[]; business: Business }) {
  const t = words.value.export;
  const { busy, problem, act } = useAct();
  /** Whether what is left out is pointed at: not before somebody wants to go on. */
  const isPressed = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  const isOther = draft.value?.business !== business.business;
  const asked = isOther ? everything(business, seesSensitive()) : draft.value;
  useEffect(() => {
    if (isOther) draft.value = everything(business, seesSensitive());
  }, [isOther, business]);
  // What was refused is being put right.
  useEffect(() => {
    problem.value = null;
  }, [asked, problem]);
  if (!asked) return null;

  const hasColumns = asked.columns.length > 0;
  const isWhole = asked.conditions.every(isSaid);
  const start = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    isPressed.value = true;
    if (!hasColumns || !isWhole) {
      requestAnimationFrame(() => {
        form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
      });
      return;
    }
    await act(async () => {
      const taskId = await startExport(requestOf(asked, business));
      draft.value = null;
      go(`/tasks/${taskId}`);
    });
  };
  return (
    <form ref={form} class="card export" onSubmit={(event) => void start(event)} noValidate>
      <div class="line">
        <BusinessChoice
          label={t.business}
          all={all}
          chosen={business.business}
          onChoose={(one) => go(`/exports?business=${one}`, true)}
        />
        <Format chosen={asked.format} />
      </div>
      <Columns
        business={business}
        chosen={asked.columns}
        isWrong={isPressed.value && !hasColumns}
      />
      <Conditions business={business} conditions={asked.conditions} isPressed={isPressed.value} />
      {isPressed.value && !hasColumns && <Note kind="bad">{t.noColumns}</Note>}
      {isPressed.value && !isWhole && <Note kind="bad">{t.unsaid}</Note>}
      {problem.value && (
        <Note kind="bad">{refusalWords(problem.value, (name) => columnWords(business, name))}</Note>
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={busy.value}>
          {t.start}
        </button>
        <span class="muted" role="status">
          {busy.value && words.value.import.asking}
        </span>
      </div>
    </form>
  );
}

function Format({ chosen }: { chosen: ExportFormat }) {
  const t = words.value.export;
  return (
    <label class="field">
      <span>{t.format}</span>
      <select
        value={chosen}
        onChange={(event) => change({ format: event.currentTarget.value as ExportFormat })}
      >
        {(['csv', 'xlsx'] as const).map((one) => (
          <option key={one} value={one}>
            {t.formats[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
