// The templates of the station: the latest version of each, and changing them.

import { useSignal } from '@preact/signals';
import { listTemplates } from '../../../api/mail_calls';
import type { Template, TemplateSummary } from '../../../api/mails';
import { Scroll, Trouble } from '../../../parts/basics';
import { More } from '../../../parts/more';
import { Denied, isDenied, scopeIn } from '../../../parts/refused';
import { useAnswer } from '../../../state/answer';
import { words } from '../../../state/look';
import { Editor } from './editor';

/** Which template is edited: null for a new one. */
type Editing = { of: TemplateSummary | null };

const keyOf = ({ name, language }: { name: string; language: string }) => `${name} ${language}`;

export function Templates() {
  const t = words.value.templates;
  const editing = useSignal<Editing | null>(null);
  const { found, problem, load, put } = useAnswer('templates', () => listTemplates(null));
  const close = () => {
    editing.value = null;
    // The form had the focus.
    document.getElementById('main')?.focus({ preventScroll: true });
  };
  const saved = (template: Template) => {
    if (!found) return;
    const others = found.templates.filter((one) => keyOf(one) !== keyOf(template));
    const summary = { ...template, subject: template.texts.subject };
    const templates = [...others, summary].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    put({ ...found, templates });
    close();
  };
  return (
    <section class="card">
      <div class="head">
        <div>
          <h2>{t.title}</h2>
          <p class="muted">{t.hint}</p>
        </div>
        <button
          type="button"
          disabled={editing.value !== null || !found}
          onClick={() => {
            editing.value = { of: null };
          }}
        >
          {t.add}
        </button>
      </div>
      {isDenied(problem) && <Denied scope={(problem && scopeIn(problem)) ?? 'task:read'} />}
      {problem && !isDenied(problem) && <Trouble error={problem} onAgain={load} />}
      {!found && !problem && <div class="skeleton tall" aria-hidden="true" />}
      {found?.templates.length === 0 && !editing.value && <p>{t.none}</p>}
      {found && found.templates.length > 0 && (
        <Listed
          templates={found.templates}
          isBusy={editing.value !== null}
          onChange={(of) => {
            editing.value = { of };
          }}
        />
      )}
      {found?.next_cursor && (
        <More
          load={async () => {
            const next = await listTemplates(found.next_cursor);
            put({ ...next, templates: [...found.templates, ...next.templates] });
          }}
        />
      )}
      {editing.value && (
        <Editor
          key={editing.value.of ? keyOf(editing.value.of) : ''}
          of={editing.value.of}
          onSaved={saved}
          onCancel={close}
        />
      )}
    </section>
  );
}

function Listed(props: {
  templates: TemplateSummary[];
  isBusy: boolean;
  onChange: (of: TemplateSummary) => void;
}) {
  const { templates: t, f } = words.value;
  return (
    <Scroll label={t.title}>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{t.name}</th>
            <th scope="col">{t.language}</th>
            <th scope="col">{t.subject}</th>
            <th scope="col">{t.version}</th>
            <th scope="col">{t.changed}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {props.templates.map((one) => (
            <tr key={keyOf(one)}>
              <th scope="row">{one.name}</th>
              <td>{one.language}</td>
              <td>{one.subject}</td>
              <td>{f.number(one.version)}</td>
              <td class="tight">
                {f.shortTime(one.changed_at)}
                {one.changed_by && ` · ${one.changed_by}`}
              </td>
              <td>
                <button
                  type="button"
                  disabled={props.isBusy}
                  aria-label={`${t.change}: ${one.name}, ${one.language}`}
                  onClick={() => props.onChange(one)}
                >
                  {t.change}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
