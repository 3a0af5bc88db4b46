// Asking again and again, without hammering: fast while something runs and the page is seen, slowly
// otherwise, not at all while it is hidden, and ever slower while nothing answers.

/** How soon to ask again. */
export type Pace = 'fast' | 'slow' | 'never';

const FAST_MS = 1_000;
/** After this many fast turns in a row what runs is a long job. */
const FAST_TURNS = 60;
const LONG_MS = 3_000;
const SLOW_MS = 20_000;
const MOST_MS = 60_000;

/** The pause before the next question. */
export function pauseMs(pace: Pace, fastTurns: number, failures: number): number {
  if (failures > 0) return Math.min(FAST_MS * 2 ** failures, MOST_MS);
  if (pace === 'fast') return fastTurns > FAST_TURNS ? LONG_MS : FAST_MS;
  return SLOW_MS;
}

/** A poll that is under way. */
export interface Poll {
  /** Asks at once. */
  now(): void;
  stop(): void;
}

/**
 * Calls `ask` until stopped; it says how soon it wants to be called again. While the page is hidden it
 * is not called, unless somebody wants to be told of what it finds.
 */
export function poll(ask: () => Promise<Pace>, isWantedHidden = () => false): Poll {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let asking = false;
  let again = false;
  let failures = 0;
  let fastTurns = 0;

  async function turn(): Promise<void> {
    if (stopped) return;
    if (asking) {
      again = true;
      return;
    }
    clearTimeout(timer);
    asking = true;
    let pace: Pace = 'slow';
    try {
      pace = await ask();
      failures = 0;
    } catch {
      failures += 1;
    }
    asking = false;
    fastTurns = pace === 'fast' ? fastTurns + 1 : 0;
    if (again) {
      again = false;
      return turn();
    }
    const isAway = document.hidden && !isWantedHidden();
    if (stopped || isAway || (pace === 'never' && failures === 0)) return;
    timer = setTimeout(turn, pauseMs(pace, fastTurns, failures));
  }

  const wake = () => {
    if (!document.hidden) void turn();
    else if (!isWantedHidden()) clearTimeout(timer);
  };
  document.addEventListener('visibilitychange', wake);
  addEventListener('online', wake);
  void turn();
  return {
    now: () => void turn(),
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', wake);
      removeEventListener('online', wake);
    },
  };
}
