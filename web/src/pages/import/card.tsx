// One file: what is seen of it, what is chosen for it, and how far it is.

import type { Business, FilePreview } from '../../api/types';
import { Note, refusalWords, Trouble } from '../../parts/basics';
import { BusinessChoice } from '../../parts/business_choice';
import { isDenied, scopeIn } from '../../parts/refused';
import { columnWords, titleOf } from '../../state/businesses';
import {
  choose,
  type Draft,
  guesses,
  isReady,
  remove,
  setHeader,
  setOptions,
  start,
} from '../../state/drafts';
import { words } from '../../state/look';
import { Found, Rows, Sheets } from './found';
import { Mapping } from './mapping';
import { Progress } from './progress';
import { Tell } from './tell';

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
        {['choosing', 'refused', 'before', 'same', 'sent'].includes(stage.kind) && (
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
  const preview = draft.preview.value;
  if (draft.file.size === 0) return <Note kind="bad">{t.empty}</Note>;
  const seen = preview?.seen ?? null;
  const hasTable = seen !== null && seen.names.length > 0;
  const isEmptySheet = preview?.workbook && preview.workbook.records.length === 0;
  return (
    <>
      {stage.kind === 'refused' && (
        <Trouble
          error={new Error(`${t.refused}${words.value.colon}${startRefused(draft, stage.error)}`)}
        />
      )}
      {!preview && <p class="muted looking">{t.reading}</p>}
      {preview?.isTooLarge && <Note kind="bad">{t.workbookTooLarge}</Note>}
      {preview && !preview.isTooLarge && !seen && <Note>{t.unseen}</Note>}
      {seen?.refusal && !isEmptySheet && <Refused draft={draft} refusal={seen.refusal} />}
      {seen && !seen.refusal && !hasTable && <Note>{t.workbookUnseen}</Note>}
      {preview?.workbook && seen && (
        <Sheets draft={draft} workbook={preview.workbook} seen={seen} />
      )}
      {isEmptySheet && <Note kind="bad">{t.emptySheet}</Note>}
      {seen && !preview?.workbook && <Found draft={draft} seen={seen} />}
      {seen && hasTable && (
        <>
          {seen.continues && <Note kind="good">{t.continues(String(seen.continues))}</Note>}
          <NoHeader draft={draft} seen={seen} />
          <Rows draft={draft} seen={seen} />
          {!isAsked(draft) && <Mapping draft={draft} seen={seen} />}
        </>
      )}
      {preview && !preview.isTooLarge && !seen?.refusal && (
        <>
          <Choices draft={draft} all={all} />
          <Tell draft={draft} />
          <EstimateLine draft={draft} />
          <Start draft={draft} />
        </>
      )}
    </>
  );
}

/** Why it was not started. A right that is missing is named. */
function startRefused(draft: Draft, error: Error): string {
  const scope = isDenied(error) ? scopeIn(error) : null;
  if (scope) return words.value.trouble.denied(scope);
  return refusalWords(error, (column) => columnWords(draft.business.value, column));
}

/** Why the server would not take the file: in its words, unless they are known in the language. */
function Refused({ draft, refusal }: { draft: Draft; refusal: string }) {
  const { instead, import: t } = words.value;
  const called = (name: string) => columnWords(draft.business.value, name);
  const said = instead?.reason(refusal, called);
  return (
    <Note kind="bad">
      {instead && `${t.foreign} `}
      {said ?? <span lang="en">{capitalized(refusal)}.</span>}
    </Note>
  );
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Whether people are asked if the file has a header: all else depends on it. */
const isAsked = (draft: Draft) =>
  Boolean(draft.preview.value?.seen?.looks_like_row) && !draft.isHeader.value;

/** Asks where the first line may be a row: a file without a header is taken for one that has one. */
function NoHeader({ draft, seen }: { draft: Draft; seen: FilePreview }) {
  const t = words.value.import;
  if (!isAsked(draft)) return null;
  return (
    <Note>
      <p>{t.looksLikeRow(seen.header_row ?? 1)}</p>
      <div class="actions">
        <button type="button" class="primary" onClick={() => setHeader(draft, false)}>
          {t.hasNoHeader}
        </button>
        <button
          type="button"
          onClick={() => {
            draft.isHeader.value = true;
          }}
        >
          {t.isHeader}
        </button>
      </div>
    </Note>
  );
}

function Choices({ draft, all }: { draft: Draft; all: Business[] }) {
  const t = words.value.import;
  const business = draft.business.value;
  return (
    <details class="choices">
      <summary>{t.more}</summary>
      <div class="line">
        <BusinessChoice
          label={t.business}
          all={all}
          chosen={business.business}
          onChoose={(chosen) => {
            const other = all.find((one) => one.business === chosen);
            if (other) choose(draft, other);
          }}
        />
        <label class="field">
          <span>{t.onDuplicate}</span>
          <select
            value={draft.options.value.on_duplicate ?? business.on_duplicate}
            onChange={(event) => {
              const rule = event.currentTarget.value as Business['on_duplicate'];
              // Who is new is not known then.
              const others = rule === 'overwrite' ? { notify: false } : {};
              setOptions(draft, { on_duplicate: rule, ...others });
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
      {(draft.options.value.on_duplicate ?? business.on_duplicate) === 'overwrite' && (
        <label class="check">
          <input
            type="checkbox"
            checked={draft.options.value.undoable ?? false}
            onChange={(event) => setOptions(draft, { undoable: event.currentTarget.checked })}
          />
          {t.undoable}
        </label>
      )}
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
  const why = whyNot(draft);
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
      {!ready && why && <span class="muted">{why}</span>}
    </div>
  );
}

/** What is to be done first. */
function whyNot(draft: Draft): string {
  const t = words.value.import;
  if (isAsked(draft)) return t.answerFirst;
  if (guesses(draft).length > 0) return t.confirmFirst;
  const seen = draft.preview.value?.seen;
  if (!seen?.problem) return '';
  return seen.missing.length > 0 ? t.chooseFirst : t.solveFirst;
}
