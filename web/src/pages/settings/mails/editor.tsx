// A template that is set up or changed: reading the version, and what it is edited with.

import { useSignal } from '@preact/signals';
import { getTemplate } from '../../../api/mail_calls';
import type { Template, TemplateSummary } from '../../../api/mails';
import { Trouble } from '../../../parts/basics';
import { useAnswer } from '../../../state/answer';
import { words } from '../../../state/look';
import { TemplateForm } from './form';

export function Editor(props: {
  of: TemplateSummary | null;
  onSaved: (template: Template) => void;
  onCancel: () => void;
}) {
  const { of, onSaved, onCancel } = props;
  const t = words.value.templates;
  /** The version whose texts are shown; the latest if null. */
  const version = useSignal<number | null>(null);
  const turn = useSignal(0);
  const { name = '', language = '' } = of ?? {};
  // The latest one counts, whatever a list that is older says.
  const latest = useAnswer(
    'latest',
    async () => (of ? getTemplate(name, language) : null),
    turn.value,
  );
  const shown = useAnswer(`version ${version.value}`, async () =>
    version.value === null ? null : getTemplate(name, language, version.value),
  );
  const problem = latest.problem ?? shown.problem;
  const template = version.value === null ? latest.found : shown.found;
  const newest = latest.found?.version ?? 0;
  const title = of ? t.changeTitle(name, language) : t.newTitle;
  return (
    <section class="editor" aria-label={title}>
      <h3>{title}</h3>
      {newest > 1 && (
        <label class="inline">
          <span>{t.version}</span>
          <select
            value={String(version.value ?? newest)}
            onChange={(event) => {
              const chosen = Number(event.currentTarget.value);
              version.value = chosen === newest ? null : chosen;
            }}
          >
            {Array.from({ length: newest }, (_, place) => newest - place).map((one) => (
              <option key={one} value={String(one)}>
                {one === newest ? t.latest(one) : String(one)}
              </option>
            ))}
          </select>
        </label>
      )}
      {version.value !== null && <p class="muted">{t.older(version.value)}</p>}
      {problem && <Trouble error={problem} />}
      {of && !template && !problem && <div class="skeleton tall" aria-hidden="true" />}
      {(!of || template) && (
        <TemplateForm
          key={`${template?.version} ${newest}`}
          shown={template}
          newest={newest}
          onSaved={onSaved}
          onCancel={onCancel}
          onStale={() => {
            version.value = null;
            turn.value += 1;
          }}
        />
      )}
      {problem && (
        <button type="button" onClick={onCancel}>
          {t.cancel}
        </button>
      )}
    </section>
  );
}
