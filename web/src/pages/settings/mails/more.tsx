// The next page of a list.

import { useSignal } from '@preact/signals';
import { Trouble } from '../../../parts/basics';
import { words } from '../../../state/look';

export function More({ load }: { load: () => Promise<void> }) {
  const busy = useSignal(false);
  const problem = useSignal<Error | null>(null);
  const more = async () => {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      await load();
    } catch (error) {
      problem.value = error as Error;
    }
    busy.value = false;
  };
  return (
    <p class="more">
      {problem.value && <Trouble error={problem.value} />}
      <button type="button" disabled={busy.value} onClick={() => void more()}>
        {words.value.list.more}
      </button>
    </p>
  );
}
