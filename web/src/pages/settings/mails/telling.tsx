// What the members get that an import has created: the setting `notify` of the station.

import { useSignal } from '@preact/signals';
import { getConfig, putConfig } from '../../../api/calls';
import { listTemplates } from '../../../api/mail_calls';
import type { Notify, OnUnknown } from '../../../api/mails';
import { Refusal } from '../../../api/refusal';
import type { StationConfig } from '../../../api/types';
import { useAct } from '../../../parts/act';
import { Note, Trouble } from '../../../parts/basics';
import { Denied, isDenied, Refused, scopeIn } from '../../../parts/refused';
import { useAnswer } from '../../../state/answer';
import { words } from '../../../state/look';

export function Telling() {
  const t = words.value.telling;
  const isSaved = useSignal(false);
  const { found, problem, load, put } = useAnswer('config', getConfig);
  return (
    <section class="card">
      <h2>{t.title}</h2>
      <p class="muted">{t.hint}</p>
      {isDenied(problem) && <Denied scope={(problem && scopeIn(problem)) ?? 'task:read'} />}
      {problem && !isDenied(problem) && <Trouble error={problem} onAgain={load} />}
      {!found && !problem && <div class="skeleton tall" aria-hidden="true" />}
      {found && (
        <Form
          key={found.version}
          config={found}
          isSaved={isSaved.value}
          onSaved={(saved) => {
            isSaved.value = true;
            put(saved);
          }}
          onStale={() => {
            isSaved.value = false;
            load();
          }}
        />
      )}
    </section>
  );
}

/** The names of the templates that there are, offered while people type. */
const NAMES_ID = 'template-names';

function Names() {
  const { found } = useAnswer('names', () => listTemplates(null));
  const names = new Set((found?.templates ?? []).map((one) => one.name));
  return (
    <datalist id={NAMES_ID}>
      {[...names].map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}

/** Blank where nothing is said. */
interface Fields {
  template: string;
  language: string;
  from: string;
  replyTo: string;
  onUnknown: OnUnknown;
}

const fieldsOf = (notify: Notify | null): Fields => ({
  template: notify?.template ?? '',
  language: notify?.language ?? '',
  from: notify?.from_name ?? '',
  replyTo: notify?.reply_to ?? '',
  onUnknown: notify?.on_unknown ?? 'hold',
});

/** Without a template new members get nothing. */
function notifyOf({ template, language, from, replyTo, onUnknown }: Fields): Notify | null {
  if (template.trim() === '') return null;
  return {
    template: template.trim(),
    language: language.trim(),
    on_unknown: onUnknown,
    ...(from.trim() ? { from_name: from.trim() } : {}),
    ...(replyTo.trim() ? { reply_to: replyTo.trim() } : {}),
  };
}

function Form(props: {
  config: StationConfig;
  isSaved: boolean;
  onSaved: (saved: StationConfig) => void;
  onStale: () => void;
}) {
  const { config, isSaved, onSaved, onStale } = props;
  const { telling: t, mails, templates, settings } = words.value;
  const before = fieldsOf(config.notify);
  const fields = useSignal(before);
  const { busy, problem, act } = useAct();
  const now = fields.value;
  const isChanged = JSON.stringify(now) !== JSON.stringify(before);
  const save = async (event: Event) => {
    event.preventDefault();
    await act(async () => {
      const { version, time_zone, country, date_order } = config;
      const files = { version, time_zone, country, date_order };
      onSaved(await putConfig({ ...files, notify: notifyOf(now) } as StationConfig));
    });
  };
  const isStale = problem.value instanceof Refusal && problem.value.code === 40901;
  const text = (name: 'template' | 'language' | 'from' | 'replyTo', label: string, hint = '') => (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        autocomplete="off"
        {...(name === 'template' ? { list: NAMES_ID } : {})}
        value={now[name]}
        required={name === 'language' && now.template.trim() !== ''}
        onInput={(event) => {
          fields.value = { ...now, [name]: event.currentTarget.value };
        }}
      />
      {hint && <span class="muted">{hint}</span>}
    </label>
  );
  return (
    <form class="stack" onSubmit={(event) => void save(event)}>
      <Names />
      <div class="line fields tops">
        {text('template', mails.template, t.templateHint)}
        {text('language', templates.language)}
      </div>
      <div class="line fields tops">
        {text('from', mails.from)}
        {text('replyTo', mails.replyTo)}
      </div>
      <label class="field">
        <span>{mails.onUnknown}</span>
        <select
          value={now.onUnknown}
          onChange={(event) => {
            fields.value = { ...now, onUnknown: event.currentTarget.value as OnUnknown };
          }}
        >
          {(['hold', 'resend'] as const).map((one) => (
            <option key={one} value={one}>
              {mails.unknownWays[one]}
            </option>
          ))}
        </select>
      </label>
      {isStale ? (
        <Note kind="bad">
          <p>{settings.stale}</p>
          <button type="button" onClick={onStale}>
            {settings.reload}
          </button>
        </Note>
      ) : (
        problem.value && <Refused error={problem.value} scope="task:write" />
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={busy.value || !isChanged}>
          {t.save}
        </button>
        <span class="muted" role="status">
          {isSaved && !isChanged && settings.saved}
        </span>
      </div>
    </form>
  );
}
