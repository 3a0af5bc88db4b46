// What can come instead of an answer: the API's refusal, or no answer at all.

/** The API understood and refused: `message` says, in its words, what to change. */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** Nothing came back: the network, or the server, is away. Asking again later can help. */
export class Unreachable extends Error {}

/** A file did not arrive while its tickets were good. */
export class TooSlow extends Error {}

/** Whether asking again, as it is, can help. */
export function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refusal && error.code >= 50000);
}
