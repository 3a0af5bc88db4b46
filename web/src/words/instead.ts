// The API's sentences are English. In another language the console makes them itself, from counts,
// states and codes, and shows the API's only where they say more.

/** What is known of how an import ended. */
export type Ending =
  | { kind: 'cancelled'; stored: number }
  | { kind: 'counted'; read: number; stored: number; failed: number; duplicate: number }
  /** The API's reason says why. */
  | { kind: 'other'; stored: number };

export interface Instead {
  /** What happened, of an import that did not finish well. */
  ended(ending: Ending, isDryRun: boolean): string;
  /** What a task waits for that a service runs. */
  handler(name: string, isRunning: boolean, heardAt: string): string;
  /** The rows among which the one is looked for that fails. */
  searching(first: number, last: number): string;
  /** The API's reason for not importing a file; null where it is not known. */
  reason(sentence: string, called: (column: string) => string): string | null;
  /** Before the API's words, where the columns of a file do not fit. */
  columnsWrong: string;
  /** What to do about a row, by the code of its problem. Facts are undefined where none is known. */
  hints: Record<string, (...facts: (string | undefined)[]) => string>;
  /** What a refusal of the API means, by its code. */
  refusals: Record<number, string>;
}
