// Trying again while the network or the server is away.

import { isPassing } from '../api/refusal';
import { PutRefused } from './put';

const FIRST_MS = 1_000;
const MOST_MS = 15_000;

interface Waiting {
  signal: AbortSignal;
  onWaiting(isWaiting: boolean): void;
}

const mayPass = (error: unknown) =>
  isPassing(error) ||
  (error instanceof PutRefused && (error.status >= 500 || error.status === 409));

/** Does it until it works, it cannot work, or it is stopped. */
export async function again<T>(
  act: () => Promise<T>,
  watch: Waiting,
  isWorthIt = mayPass,
): Promise<T> {
  for (let pause = FIRST_MS; ; pause = Math.min(pause * 2, MOST_MS)) {
    try {
      const done = await act();
      watch.onWaiting(false);
      return done;
    } catch (error) {
      watch.signal.throwIfAborted();
      if (!isWorthIt(error)) throw error;
      watch.onWaiting(true);
      // Pages that lost the server together do not come back together.
      await rest(pause * (0.5 + Math.random() / 2), watch.signal);
    }
  }
}

/** A pause that ends early when the network comes back or it is stopped. */
function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}
