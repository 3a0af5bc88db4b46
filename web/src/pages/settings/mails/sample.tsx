// A sample value for each variable of a template.

import { words } from '../../../state/look';
import { type Fields, namesOf } from '../../../state/template_fields';

export function Sample(props: { fields: Fields; onChange: (sample: Fields['sample']) => void }) {
  const { fields, onChange } = props;
  const t = words.value.templates;
  const names = namesOf(fields);
  if (names.length === 0) return null;
  return (
    <fieldset class="samples">
      <legend>{t.sample}</legend>
      <p class="muted">{t.sampleHint}</p>
      {names.map((name) => {
        const value = fields.sample[name] ?? { text: '', isMissing: false };
        const change = (changed: Partial<typeof value>) =>
          onChange({ ...fields.sample, [name]: { ...value, ...changed } });
        return (
          <div class="line" key={name}>
            <label class="inline">
              <code>{name}</code>
              <input
                type="text"
                autocomplete="off"
                value={value.text}
                disabled={value.isMissing}
                onInput={(event) => change({ text: event.currentTarget.value })}
              />
            </label>
            <label class="check">
              <input
                type="checkbox"
                aria-label={`${t.missing}: ${name}`}
                checked={value.isMissing}
                onChange={(event) => change({ isMissing: event.currentTarget.checked })}
              />
              {t.missing}
            </label>
          </div>
        );
      })}
    </fieldset>
  );
}
