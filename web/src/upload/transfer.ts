// Brings a file into the bucket: in one piece or in parts, again and again while the network is
// away, from where it stopped.

import { beginUpload, completeUpload } from '../api/calls';
import { isPassing, TooSlow } from '../api/refusal';
import type { UploadRequest } from '../api/types';
import { type Entry, forget, isOld, keep } from './journal';
import { PutRefused, put } from './put';
import { again } from './wait';

/** Parts that are sent at the same time. */
const LANES = 3;
/** Tickets in a row with which nothing arrives. What did not in so many hours does not in another. */
const MOST_TICKETS = 2;

export interface Watch {
  signal: AbortSignal;
  /** How many bytes of the file are in the bucket, or on their way. */
  onSent(bytes: number): void;
  /** Whether it waits for the network. */
  onWaiting(isWaiting: boolean): void;
  /** The file is sent from its beginning again. */
  onOverAgain(): void;
}

/** A ticket is not tried any more: S3 would cut the connection in the middle of a part. */
class TicketOld extends Error {}

function checkAge(entry: Entry): void {
  if (isOld(entry)) throw new TicketOld();
}

/** Sends the file of an upload that has a ticket. When it returns, the import begins. */
export async function transfer(file: File, entry: Entry, watch: Watch): Promise<void> {
  let idle = 0;
  for (;;) {
    const before = entry.sent.length;
    try {
      await send(file, entry, watch);
      break;
    } catch (error) {
      // 403: the ticket is too old. 404: S3 has forgotten the parts.
      const status = error instanceof PutRefused ? error.status : null;
      const isRefused = status === 403 || status === 404;
      if (!isRefused && !(error instanceof TicketOld)) throw error;
      idle = entry.sent.length > before ? 0 : idle + 1;
      if (idle > MOST_TICKETS) throw isRefused ? error : new TooSlow();
      const goesOn = entry.ticket.kind === 'multipart' && status !== 404;
      if (!(await renew(entry, goesOn, watch))) break;
      if (!goesOn) watch.onOverAgain();
    }
  }
  await forget(entry.userTaskId);
}

async function send(file: File, entry: Entry, watch: Watch): Promise<void> {
  const { ticket } = entry;
  if (ticket.kind === 'put') {
    await sendWhole(file, entry, watch);
    return;
  }
  await sendParts(file, entry, watch);
  const { upload_id: uploadId } = ticket;
  const parts = [...entry.sent].sort((a, b) => a.part_number - b.part_number);
  await again(() => completeUpload(entry.taskId, uploadId, parts), watch);
}

/** One `PUT`, which S3 takes once: when an answer was lost, the file may be there already. */
async function sendWhole(file: File, entry: Entry, watch: Watch): Promise<void> {
  let mayBeThere = false;
  const once = async () => {
    // S3 may cut the connection instead of answering that the file is there: then the API knows.
    if (mayBeThere && !(await renew(entry, false, watch))) return;
    mayBeThere = true;
    checkAge(entry);
    const { ticket } = entry;
    if (ticket.kind !== 'put') throw new Error('the ticket of a file has become one of parts');
    // Tickets that were kept before headers were signed have none.
    const headers = ticket.headers ?? {};
    try {
      await put(ticket.url, headers, file, watch.onSent, watch.signal);
    } catch (error) {
      if (!(error instanceof PutRefused && error.status === 412)) throw error;
    }
  };
  await again(once, watch);
}

async function sendParts(file: File, entry: Entry, watch: Watch): Promise<void> {
  const { ticket } = entry;
  if (ticket.kind !== 'multipart') return;
  const partBytes = ticket.part_bytes;
  const bytesOf = (part: number) => Math.min(partBytes, file.size - (part - 1) * partBytes);
  const have = new Set(entry.sent.map((part) => part.part_number));
  const missing = ticket.parts.filter((part) => !have.has(part.part_number));
  const moving = new Map<number, number>();
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((all, one) => all + one, 0);
  const tell = () => watch.onSent(sum([...have].map(bytesOf)) + sum(moving.values()));
  tell();

  async function lane(): Promise<void> {
    for (let part = missing.shift(); part; part = missing.shift()) {
      const { part_number: number, url } = part;
      checkAge(entry);
      const from = (number - 1) * partBytes;
      const body = file.slice(from, from + partBytes);
      const onSent = (bytes: number) => {
        moving.set(number, bytes);
        tell();
      };
      const etag = await again(() => put(url, {}, body, onSent, watch.signal), watch);
      moving.delete(number);
      have.add(number);
      entry.sent.push({ part_number: number, etag });
      tell();
      await keep(entry);
    }
  }
  const stop = (error: unknown) => {
    // The other lanes need not begin with another part.
    missing.length = 0;
    throw error;
  };
  // What they have begun is waited for: else it would be sent once more, and noted twice.
  const lanes = Array.from({ length: LANES }, () => lane().catch(stop));
  const failed = (await Promise.allSettled(lanes)).find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

/**
 * Asks for the same upload again: the task stays, and so do the parts that were sent if it goes on with
 * them. False when the file is there already.
 */
async function renew(entry: Entry, goesOn: boolean, watch: Watch): Promise<boolean> {
  const { ticket } = entry;
  const id = goesOn && ticket.kind === 'multipart' ? { upload_id: ticket.upload_id } : {};
  const answer = await again(() => beginUpload({ ...entry.request, ...id }), watch);
  if (!answer.upload) return false;
  const sent = goesOn ? entry.sent : [];
  // The entry itself: an upload that is paused resumes with it.
  Object.assign(entry, { ticket: answer.upload, ticketAt: Date.now(), sent });
  await keep(entry);
  return true;
}

/** The request of an upload, and what the API says to it. */
export async function begin(request: UploadRequest, watch: Watch) {
  return again(() => beginUpload(request), watch, isPassing);
}
