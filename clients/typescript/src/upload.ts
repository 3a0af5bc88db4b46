// Sending a file to S3, in one piece or in parts, as its ticket says.

import type { components } from './schema.js';

type Ticket = components['schemas']['UploadTicket'];
type SentPart = components['schemas']['SentPart'];

/** Parts that are sent at the same time. */
const LANES = 3;

/** S3 does not take what was sent with this ticket. */
export class TicketRefused extends Error {
  override readonly name = 'TicketRefused';

  constructor(readonly status: number) {
    super(`S3 answered ${status} to a part of the file`);
  }

  /** Whether the upload in parts is not there any more, so that another one has to begin. */
  get isGone(): boolean {
    return this.status === 404;
  }
}

/** Sends one piece, and returns its entity tag. */
async function put(
  fetch: typeof globalThis.fetch,
  url: string,
  body: Blob,
  headers: Record<string, string> = {},
): Promise<string> {
  const answer = await fetch(url, { method: 'PUT', headers, body });
  await answer.body?.cancel();
  // A file in one piece is taken once: it has arrived, and only the answer was lost.
  const isThere = answer.status === 412 && 'if-none-match' in headers;
  if (!answer.ok && !isThere) throw new TicketRefused(answer.status);
  return answer.headers.get('etag') ?? '';
}

/**
 * Sends a file. `sent` has the parts that have arrived already, and gets those that arrive now: with another ticket of
 * the same upload they are not sent again.
 */
export async function sendFile(
  fetch: typeof globalThis.fetch,
  ticket: Ticket,
  file: Blob,
  sent: Map<number, SentPart>,
): Promise<void> {
  if (ticket.kind === 'put') {
    await put(fetch, ticket.url, file.slice(), ticket.headers);
    return;
  }
  const { part_bytes: size } = ticket;
  const left = ticket.parts.filter((part) => !sent.has(part.part_number));
  const sendSome = async () => {
    for (let part = left.shift(); part; part = left.shift()) {
      const { part_number: number, url } = part;
      const body = file.slice((number - 1) * size, number * size);
      sent.set(number, { part_number: number, etag: await put(fetch, url, body) });
    }
  };
  const lanes = Array.from({ length: LANES }, async () => {
    try {
      await sendSome();
    } catch (error) {
      // Parts that are under way arrive, and no other one begins.
      left.length = 0;
      throw error;
    }
  });
  const ended = await Promise.allSettled(lanes);
  const failed = ended.find((lane) => lane.status === 'rejected');
  if (failed) throw failed.reason;
}
