// An answer of the API that a part of a page needs: asked for when it is shown, and again when asked to.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

export interface Answer<T> {
  /** Null until it is there. */
  found: T | null;
  problem: Error | null;
  load: () => void;
  /** Shows another one in its place. */
  put: (found: T) => void;
}

/**
 * Another `key` is another question: what was answered before is not shown for it. With another `turn` the
 * same is asked again, and the answer is shown until the new one is there.
 */
export function useAnswer<T>(key: string, ask: () => Promise<T>, turn = 0): Answer<T> {
  const answer = useSignal<{ key: string; found: T | null; problem: Error | null } | null>(null);
  const latest = useRef(0);
  const load = () => {
    latest.current += 1;
    const mine = latest.current;
    const say = (found: T | null, problem: Error | null) => {
      if (mine === latest.current) answer.value = { key, found, problem };
    };
    ask().then(
      (found) => say(found, null),
      (error: Error) => say(null, error),
    );
  };
  const current = useRef(load);
  current.current = load;
  useEffect(() => {
    current.current();
    return () => {
      latest.current += 1;
    };
  }, [key, turn]);
  const shown = answer.value?.key === key ? answer.value : null;
  return {
    found: shown?.found ?? null,
    problem: shown?.problem ?? null,
    load,
    put: (found) => {
      // What is asked for still is older.
      latest.current += 1;
      answer.value = { key, found, problem: null };
    },
  };
}
