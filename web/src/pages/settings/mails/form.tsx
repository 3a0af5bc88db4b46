// The texts of a template and its sample values, beside the e-mail that they make.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { putTemplate } from '../../../api/mail_calls';
import type { Template } from '../../../api/mails';
import { Refusal } from '../../../api/refusal';
import { useAct } from '../../../parts/act';
import { Note } from '../../../parts/basics';
import { Refused } from '../../../parts/refused';
import { words } from '../../../state/look';
import {
  type Fields,
  fieldsOf,
  requestOf,
  textsOf,
  valuesOf,
  wrongWith,
} from '../../../state/template_fields';
import { Preview } from './preview';
import { Sample } from './sample';

export function TemplateForm(props: {
  /** Null for a new one. */
  shown: Template | null;
  /** The version that is changed, which may be a later one than is shown; 0 for a new one. */
  newest: number;
  onSaved: (template: Template) => void;
  onCancel: () => void;
  onStale: () => void;
}) {
  const { shown, newest, onSaved, onCancel, onStale } = props;
  const t = words.value.templates;
  const before = shown?.sample ?? {};
  const fields = useSignal<Fields>(fieldsOf(shown));
  const { busy, problem, act } = useAct();
  /** Whether what is wrong is pointed at: not before somebody wants to go on. */
  const isPressed = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>('input')?.focus(), []);
  const now = fields.value;
  const wrong = isPressed.value ? wrongWith(now) : null;
  const change = (changed: Partial<Fields>) => {
    fields.value = { ...fields.value, ...changed };
    problem.value = null;
  };
  const save = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    isPressed.value = true;
    if (wrongWith(now)) return;
    await act(async () => onSaved(await putTemplate(requestOf(now, newest, before))));
  };
  const isStale = newest > 0 && problem.value instanceof Refusal && problem.value.code === 40901;
  const text = (name: 'subject' | 'name' | 'language', hint = '', isWrong = false) => (
    <label class="field">
      <span>{t[name]}</span>
      <input
        type="text"
        autocomplete="off"
        value={now[name]}
        aria-invalid={isWrong}
        onInput={(event) => change({ [name]: event.currentTarget.value })}
      />
      {hint && <span class="muted">{hint}</span>}
    </label>
  );
  const area = (name: 'text' | 'html', rows: number) => (
    <label class="field">
      <span>{t[name]}</span>
      <textarea
        rows={rows}
        class="json"
        spellcheck={name === 'text'}
        value={now[name]}
        aria-invalid={wrong === 'noBody'}
        onInput={(event) => change({ [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <div class="columns">
      <form ref={form} onSubmit={(event) => void save(event)} noValidate>
        {!shown && text('name', t.nameHint, wrong === 'nameWrong')}
        {!shown && text('language', t.languageHint, wrong === 'languageWrong')}
        {text('subject')}
        {area('text', 6)}
        {area('html', 8)}
        <p class="muted">{t.syntax}</p>
        <Sample fields={now} onChange={(sample) => change({ sample })} />
        {wrong && <Note kind="bad">{t[wrong]}</Note>}
        {isStale ? (
          <Note kind="bad">
            <p>{t.stale}</p>
            <button type="button" onClick={onStale}>
              {t.reload}
            </button>
          </Note>
        ) : (
          problem.value && <Refused error={problem.value} scope="station:admin" />
        )}
        <div class="actions">
          <button type="submit" class="primary" disabled={busy.value}>
            {t.save}
          </button>
          <button type="button" onClick={onCancel}>
            {t.cancel}
          </button>
        </div>
      </form>
      <Preview texts={textsOf(now)} values={valuesOf(now, before)} />
    </div>
  );
}
