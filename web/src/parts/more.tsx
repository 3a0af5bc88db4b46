// The next page of a list.

import { words } from '../state/look';
import { useAct } from './act';
import { Trouble } from './basics';

export function More({ load }: { load: () => Promise<void> }) {
  const { busy, problem, act } = useAct();
  return (
    <p class="more">
      {problem.value && <Trouble error={problem.value} />}
      <button type="button" disabled={busy.value} onClick={() => void act(load)}>
        {words.value.list.more}
      </button>
    </p>
  );
}
