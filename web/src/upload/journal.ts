// Uploads that have not ended, kept in IndexedDB: after a reload they go on with the parts that were
// not sent. Tickets are in it, which are good for an hour, and no content.

import type { SentPart, Ticket, UploadRequest } from '../api/types';

export interface Entry {
  userTaskId: string;
  station: string;
  taskId: number;
  fingerprint: string;
  request: UploadRequest;
  ticket: Ticket;
  /** When the ticket came, by the clock of this computer, which may be another than the server's. */
  ticketAt: number;
  sent: SentPart[];
}

/** A little less than the hour that a ticket is good for: what is begun with it has to arrive. */
const TICKET_MS = 58 * 60_000;

export const isOld = (entry: Entry) => !(Date.now() - entry.ticketAt < TICKET_MS);

const NAME = 'sluice';
const STORE = 'uploads';

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () =>
      request.result.createObjectStore(STORE, { keyPath: 'userTaskId' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | null> {
  try {
    const store = (await open()).transaction(STORE, mode).objectStore(STORE);
    return await new Promise((resolve, reject) => {
      const request = act(store);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } catch {
    // A browser that keeps nothing, as in private windows: uploads work, and begin anew on a reload.
    return null;
  }
}

export const keep = (entry: Entry) => run('readwrite', (store) => store.put(entry));

export const forget = (userTaskId: string) => run('readwrite', (store) => store.delete(userTaskId));

export const find = async (userTaskId: string) =>
  (await run<Entry | undefined>('readonly', (store) => store.get(userTaskId))) ?? null;

/** The uploads of a station that have not ended. */
export async function unfinished(station: string): Promise<Entry[]> {
  const entries = await run<Entry[]>('readonly', (store) => store.getAll());
  return (entries ?? []).filter((entry) => entry.station === station);
}
