// Something that a person starts: one at a time, with what went wrong with it.

import { useSignal } from '@preact/signals';

export function useAct() {
  const busy = useSignal(false);
  const problem = useSignal<Error | null>(null);
  /** Does it, unless the one before is not done yet. */
  const act = async (call: () => Promise<unknown>) => {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      await call();
    } catch (error) {
      problem.value = error as Error;
    }
    busy.value = false;
  };
  return { busy, problem, act };
}
