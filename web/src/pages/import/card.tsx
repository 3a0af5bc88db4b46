// One file: what is seen of it, what is chosen for it, and how far it is.

import type { Business } from '../../api/types';
import { Note, Trouble, troubleWords } from '../../parts/basics';
import { titleOf } from '../../state/businesses';
import { choose, type Draft, remove, setOptions, start } from '../../state/drafts';
import { words } from '../../state/look';
import { isReady } from '../import';
import { Found, Rows, Sheets } from './found';
import { Mapping } from './mapping';
import { Progress } from './progress';

export function Card({ draft, all }: { draft: Draft; all: Business[] }) {
  const t = words.value;
  const stage = draft.stage.value;
  const isOpen = stage.kind === 'choosing' || stage.kind === 'refused';
  return (
    <section class="card file" aria-label={draft.file.name}>
      <div class="head">
        <div>
          <h2>{draft.file.name}</h2>
          <p class="muted">
            {t.f.bytes(draft.file.size)} · {titleOf(draft.business.value)}
          </p>
        </div>
        {['choosing', 'refused', 'before', 'sent'].includes(stage.kind) && (
          <button type="button" class="quiet" onClick={() => remove(draft)}>
            {t.import.remove}
          </button>
        )}
      </div>
      {isOpen ? <Choosing draft={draft} all={all} /> : <Progress draft={draft} />}
    </section>
  );
}

function Choosing({ draft, all }: { draft: Draft; all: Business[] }) {
  const t = words.value.import;
  const stage = draft.stage.value;
  const seen = draft.preview.value;
  const table = seen?.table ?? null;
  if (draft.file.size === 0) return <Note kind="bad">{t.empty}</Note>;
  return (
    <>
      {stage.kind === 'refused' && (
        <Trouble
          error={new Error(`${t.refused}${words.value.colon}${troubleWords(stage.error)}`)}
        />
      )}
      {!seen && <p class="muted looking">{t.reading}</p>}
      {seen?.kind === 'foreign' && <Note kind="bad">{t.foreign}</Note>}
      {seen?.isTooLarge && <Note kind="bad">{t.workbookTooLarge}</Note>}
      {seen?.kind === 'workbook' && !seen.workbook && !seen.isTooLarge && (
        <Note>{t.workbookUnseen}</Note>
      )}
      {seen && !table && (seen.kind === 'text' || seen.kind === 'gzip') && (
        <Note kind="bad">{t.empty}</Note>
      )}
      {seen?.workbook && <Sheets draft={draft} workbook={seen.workbook} table={table} />}
      {seen?.workbook && !table && <Note kind="bad">{t.emptySheet}</Note>}
      {table?.continues && <Note kind="good">{t.continues(table.continues)}</Note>}
      {table && (
        <>
          {table.text && <Found draft={draft} table={table} text={table.text} />}
          <Rows table={table} fileName={draft.file.name} />
          <Mapping draft={draft} table={table} />
        </>
      )}
      {seen && seen.kind !== 'foreign' && (
        <>
          <Choices draft={draft} all={all} />
          <EstimateLine draft={draft} />
          <Start draft={draft} />
        </>
      )}
    </>
  );
}

function Choices({ draft, all }: { draft: Draft; all: Business[] }) {
  const t = words.value.import;
  const business = draft.business.value;
  return (
    <details class="choices">
      <summary>{t.more}</summary>
      <div class="line">
        <label class="field">
          <span>{t.business}</span>
          <select
            value={business.business}
            onChange={(event) => {
              const other = all.find((one) => one.business === event.currentTarget.value);
              if (other) choose(draft, other);
            }}
          >
            {all.map((one) => (
              <option key={one.business} value={one.business}>
                {titleOf(one)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{t.onDuplicate}</span>
          <select
            value={draft.options.value.on_duplicate ?? business.on_duplicate}
            onChange={(event) => {
              const rule = event.currentTarget.value as Business['on_duplicate'];
              setOptions(draft, { on_duplicate: rule });
            }}
          >
            {Object.entries(t.rules).map(([rule, word]) => (
              <option key={rule} value={rule}>
                {word}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={draft.repeat.value}
          onChange={(event) => (draft.repeat.value = event.currentTarget.checked)}
        />
        {t.repeat}
      </label>
    </details>
  );
}

function EstimateLine({ draft }: { draft: Draft }) {
  const t = words.value;
  const estimate = draft.estimate.value;
  const text =
    estimate === null || typeof estimate === 'string'
      ? (estimate ?? '…')
      : t.import.about(
          t.rows.count(estimate.rows),
          t.f.seconds(estimate.seconds),
          t.f.dollars(estimate.dollars),
        );
  return (
    <p class="estimate">
      <span class="muted">
        {t.import.estimate}
        {t.colon}
      </span>
      <strong>{text}</strong>
    </p>
  );
}

function Start({ draft }: { draft: Draft }) {
  const t = words.value.import;
  const ready = isReady(draft) || draft.stage.value.kind === 'refused';
  return (
    <div class="actions">
      <button
        type="button"
        class="primary"
        disabled={!ready}
        onClick={() => void start(draft, false)}
      >
        {t.start}
      </button>
      <button type="button" disabled={!ready} onClick={() => void start(draft, true)}>
        {t.check}
      </button>
    </div>
  );
}
