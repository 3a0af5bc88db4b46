// The choice to send an e-mail to the members that an import creates.

import { type Draft, setOptions } from '../../state/drafts';
import { words } from '../../state/look';
import { notifySetting, tellable } from '../../state/tell';

export function Tell({ draft }: { draft: Draft }) {
  const t = words.value.mails.tell;
  const business = draft.business.value;
  const options = draft.options.value;
  const setting = notifySetting.value;
  const can = tellable(setting, business, options.on_duplicate ?? business.on_duplicate);
  if (can === 'no' || !setting) return null;
  return (
    <div class="tell">
      <label class="check">
        <input
          type="checkbox"
          disabled={can === 'overwrites'}
          checked={can === 'yes' && (options.notify ?? false)}
          onChange={(event) => setOptions(draft, { notify: event.currentTarget.checked })}
        />
        {t.label}
      </label>
      <p class="muted">
        {can === 'overwrites' ? t.overwrites : t.hint(setting.template, setting.language)}
      </p>
    </div>
  );
}
