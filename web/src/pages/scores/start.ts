// Starting a task about scores: once, however often somebody presses, and then on to its page.

import type { Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { ScoreTask } from '../../api/scores';
import { useAct } from '../../parts/act';
import { go } from '../../route';
import { awaitEnd } from '../../state/notify';

export interface Start {
  busy: Signal<boolean>;
  problem: Signal<Error | null>;
  /** Forgets a refusal: something else is asked for now. */
  clear: () => void;
  begin: (asked: string, call: (userTaskId: string) => Promise<ScoreTask>) => Promise<void>;
}

/** `asked` tells one request from another: the same one again gives the same task. */
export function useStart(): Start {
  const { busy, problem, act } = useAct();
  const id = useRef({ asked: '', id: '' });
  const begin: Start['begin'] = async (asked, call) => {
    await act(async () => {
      if (id.current.asked !== asked) id.current = { asked, id: `scores-${crypto.randomUUID()}` };
      const { task_id } = await call(id.current.id);
      awaitEnd(task_id);
      go(`/tasks/${task_id}`);
    });
  };
  const clear = () => {
    problem.value = null;
  };
  return { busy, problem, begin, clear };
}
