// Whether people want to be told when a task ends.

import { words } from '../state/look';
import { isNotifying, mayNotify, setNotifying } from '../state/notify';

export function NotifyChoice() {
  if (!mayNotify()) return null;
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={isNotifying.value}
        onChange={(event) => {
          const box = event.currentTarget;
          void setNotifying(box.checked).then(() => {
            box.checked = isNotifying.value;
          });
        }}
      />
      {words.value.task.notify}
    </label>
  );
}
