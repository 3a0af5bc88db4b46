// Making a call again that failed for a passing reason.

import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryOptions {
  /** How often a call is made at most, the first time included. */
  tries: number;
  /** The wait after the first failure. Each further one is twice as long. */
  firstPauseMs: number;
  longestPauseMs: number;
}

export const DEFAULT_RETRY: RetryOptions = { tries: 8, firstPauseMs: 500, longestPauseMs: 30_000 };

const PASSING = [429, 500, 502, 503, 504];

/**
 * Returns how long to wait after a failure, the first of which is 1. `Retry-After` is believed; without it the
 * wait has jitter, so that clients that failed together do not come again together.
 */
export function pauseMs(
  failure: number,
  retryAfter: string | null,
  { firstPauseMs, longestPauseMs }: RetryOptions = DEFAULT_RETRY,
): number {
  const seconds = Number(retryAfter);
  if (retryAfter !== null && seconds >= 0) return seconds * 1000;
  const longest = Math.min(firstPauseMs * 2 ** (failure - 1), longestPauseMs);
  return longest * (0.5 + Math.random() / 2);
}

/** Returns a `fetch` that makes a call again when nothing answers, or the answer says that it may work later. */
export function retrying(
  fetch: typeof globalThis.fetch,
  options: RetryOptions = DEFAULT_RETRY,
): typeof globalThis.fetch {
  return async (input, init) => {
    const signal = (input instanceof Request ? input : init)?.signal;
    for (let failure = 1; ; failure += 1) {
      let retryAfter: string | null = null;
      try {
        const response = await fetch(input instanceof Request ? input.clone() : input, init);
        if (!PASSING.includes(response.status) || failure >= options.tries) return response;
        retryAfter = response.headers.get('retry-after');
        await response.body?.cancel();
      } catch (error) {
        // A `TypeError` is a connection that failed. Anything else, such as an abort, is not ours to repeat.
        if (!(error instanceof TypeError) || failure >= options.tries) throw error;
      }
      const pause = pauseMs(failure, retryAfter, options);
      await sleep(pause, undefined, signal ? { signal } : {});
    }
  };
}
