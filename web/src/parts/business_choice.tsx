// Which business: one of those that there are, by its title.

import type { Business } from '../api/types';
import { titleOf } from '../state/businesses';

export function BusinessChoice(props: {
  label: string;
  all: Business[];
  chosen: string;
  onChoose: (business: string) => void;
}) {
  const { label, all, chosen, onChoose } = props;
  return (
    <label class="field">
      <span>{label}</span>
      <select value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
        {all.map((one) => (
          <option key={one.business} value={one.business}>
            {titleOf(one)}
          </option>
        ))}
      </select>
    </label>
  );
}
