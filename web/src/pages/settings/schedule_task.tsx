// What a schedule starts: an export, or a task of another kind as JSON.

import type { Schedule, TaskKind } from '../../api/station';
import { BusinessChoice } from '../../parts/business_choice';
import { useBusinesses } from '../../state/businesses';
import { words } from '../../state/look';
import { EXAMPLES, type Fields, json, keptOf } from '../../state/schedules';

export function TaskFields(props: {
  fields: Fields;
  before: Schedule | null;
  isWrong: boolean;
  change: (changed: Partial<Fields>) => void;
}) {
  const { fields, before, isWrong, change } = props;
  const t = words.value;
  const s = t.schedules;
  const businesses = useBusinesses() ?? [];
  return (
    <>
      <label class="field">
        <span>{s.kind}</span>
        <select
          value={fields.kind}
          onChange={(event) => {
            const kind = event.currentTarget.value as TaskKind;
            change({ kind, body: json(before?.task[kind] ?? EXAMPLES[kind]) });
          }}
        >
          {(Object.keys(EXAMPLES) as TaskKind[]).map((kind) => (
            <option key={kind} value={kind}>
              {s.kinds[kind]}
            </option>
          ))}
        </select>
      </label>
      {fields.kind === 'export' ? (
        <div class="line fields">
          <BusinessChoice
            label={s.business}
            all={businesses}
            chosen={fields.business}
            onChoose={(business) => change({ business })}
          />
          <label class="field">
            <span>{s.format}</span>
            <select
              value={fields.format}
              onChange={(event) => change({ format: event.currentTarget.value as 'csv' | 'xlsx' })}
            >
              {(['csv', 'xlsx'] as const).map((one) => (
                <option key={one} value={one}>
                  {t.export.formats[one]}
                </option>
              ))}
            </select>
          </label>
          {keptOf(fields, before) && <p class="muted">{s.keeps}</p>}
        </div>
      ) : (
        <label class="field">
          <span>{s.body}</span>
          <textarea
            rows={8}
            spellcheck={false}
            class="json"
            value={fields.body}
            aria-invalid={isWrong}
            onInput={(event) => change({ body: event.currentTarget.value })}
          />
          <span class="muted">{s.bodyHint(fields.kind)}</span>
        </label>
      )}
    </>
  );
}
