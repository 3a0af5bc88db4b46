// Which field of the file each column is taken from: what was found, what may be meant, and what is
// to be chosen by hand.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Column, FilePreview } from '../../api/types';
import { Note } from '../../parts/basics';
import { isReportColumn, letters } from '../../preview/lines';
import { columnTitle, columnWords } from '../../state/businesses';
import { type Draft, forgetRecalled, guesses, pickField, settleGuesses } from '../../state/drafts';
import { words } from '../../state/look';
import { firstOf, shortened } from '../../words/shorten';

export function Mapping({ draft, seen }: { draft: Draft; seen: FilePreview }) {
  const t = words.value.import;
  const business = draft.business.value;
  const open = guesses(draft);
  const guessed = new Set(open.map((one) => one.column));
  const taken = new Set(seen.columns.map((one) => one.field));
  for (const one of open) taken.add(one.suggested);
  const ignored = seen.names.filter(
    (name, place) => !taken.has(place) && !isReportColumn(name) && name.trim() !== '',
  );
  const missing = seen.missing.filter((name) => !guessed.has(name));
  const matched = seen.columns.filter((one) => one.field !== null).length;
  const isOther = seen.problem !== null && seen.missing.length === 0;
  const isWrong = seen.problem !== null || open.length > 0;
  // It stays open while people choose, also when nothing is wrong any more.
  const isOpen = useSignal(isWrong);
  useEffect(() => {
    if (isWrong) isOpen.value = true;
  }, [isWrong, isOpen]);
  const called = (name: string) => columnWords(business, name);
  return (
    <>
      {draft.recalled.value && (
        <Note>
          <p>{t.recalled}</p>
          <div class="actions">
            <button type="button" onClick={() => forgetRecalled(draft)}>
              {t.recalledNot}
            </button>
          </div>
        </Note>
      )}
      {open.length > 0 && <Guesses draft={draft} seen={seen} />}
      {missing.length > 0 && <Note kind="bad">{t.missing(missing.map(called).join(', '))}</Note>}
      {isOther && (
        <Note kind="bad">
          {words.value.instead?.columnsWrong}{' '}
          {words.value.instead?.reason(seen.problem ?? '', called) ?? (
            <span lang="en">{seen.problem}</span>
          )}
        </Note>
      )}
      <details
        class="mapping"
        open={isOpen.value}
        onToggle={(event) => {
          isOpen.value = event.currentTarget.open;
        }}
      >
        <summary>
          {t.mapping}
          {words.value.colon}
          {t.allMatched(matched)}
          {ignored.length > 0 && (
            <span class="muted"> · {t.ignored(firstOf(ignored, t.andMore))}</span>
          )}
        </summary>
        <div class="pairs">
          {business.columns.map((column) => (
            <Pair key={column.name} draft={draft} seen={seen} column={column} />
          ))}
        </div>
      </details>
    </>
  );
}

/** Names that are much like a column's, or values that fit it: taken when a person says so. */
function Guesses({ draft, seen }: { draft: Draft; seen: FilePreview }) {
  const t = words.value.import;
  return (
    <Note>
      <p>{draft.options.value.header === false ? t.guessedByValue : t.guessedByName}</p>
      <ul class="guesses">
        {guesses(draft).map(({ column, suggested }) => (
          <li key={column}>
            <strong>{fieldWords(seen, suggested ?? 0)}</strong> →{' '}
            {columnWords(draft.business.value, column)}
            <Sample seen={seen} place={suggested} />
          </li>
        ))}
      </ul>
      <div class="actions">
        <button type="button" class="primary" onClick={() => settleGuesses(draft, true)}>
          {t.guessRight}
        </button>
        <button type="button" onClick={() => settleGuesses(draft, false)}>
          {t.guessWrong}
        </button>
      </div>
    </Note>
  );
}

/** The first value of a field. */
function Sample({ seen, place }: { seen: FilePreview; place: number | null | undefined }) {
  if (place === null || place === undefined) return null;
  const value = seen.rows.map((line) => line.fields[place] ?? '').find((text) => text.trim());
  return value ? <span class="muted sample"> {words.value.import.sample(value)}</span> : null;
}

const fieldWords = (seen: FilePreview, place: number) =>
  shortened(seen.names[place] || letters[place] || '');

function Pair({ draft, seen, column }: { draft: Draft; seen: FilePreview; column: Column }) {
  const t = words.value.import;
  const match = seen.columns.find((one) => one.column === column.name);
  const isGuess = guesses(draft).some((one) => one.column === column.name);
  const place = match?.field ?? (isGuess ? match?.suggested : null) ?? null;
  const isMissing = place === null && seen.missing.includes(column.name);
  const kind = isMissing ? 'pair wrong' : isGuess ? 'pair guess' : 'pair';
  const title = columnTitle(draft.business.value, column.name);
  return (
    <label class={kind}>
      <span class="what">
        {title && <strong>{title}</strong>} <code>{column.name}</code>{' '}
        <span class="muted">
          {t.types[column.type] ?? column.type} · {column.required ? t.required : t.optional}
        </span>
      </span>
      <span class="from">
        <select
          value={place === null ? '' : String(place)}
          aria-invalid={isMissing}
          onChange={(event) => {
            const { value } = event.currentTarget;
            pickField(draft, column.name, value === '' ? null : Number(value));
          }}
        >
          <option value="">{t.notInFile}</option>
          {seen.names.map((name, at) => (
            <option key={at} value={String(at)}>
              {shortened(name || (letters[at] ?? ''))}
            </option>
          ))}
        </select>
        {isGuess && <span class="badge status-4">{t.guess}</span>}
        <Sample seen={seen} place={place} />
      </span>
    </label>
  );
}
