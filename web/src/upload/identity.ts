// What an import is known by: the same file with the same options has the same id wherever and
// however often it is started, so that a second click, a reload or a second tab finds the first.

import type { Options } from '../api/types';

/** Enough of a file to know it again, without reading all of it. */
const PROBE_BYTES = 1 << 16;

/** Tells a file from others of its name and size: by its ends and when it was last changed. */
export async function fingerprint(file: File): Promise<string> {
  const head = file.slice(0, PROBE_BYTES);
  const tail = file.slice(Math.max(0, file.size - PROBE_BYTES));
  const facts = `${file.name}\n${file.size}\n${file.lastModified}\n`;
  return digest(await new Blob([facts, head, tail]).arrayBuffer());
}

export interface Wanted {
  station: string;
  business: string;
  fingerprint: string;
  options: Options;
  repeat: boolean;
  /** 0, and one more each time that a person asks for an ended import to be made again. */
  attempt: number;
}

/** The `user_task_id` of an import. */
export async function userTaskId(wanted: Wanted): Promise<string> {
  const { mapping, ...others } = wanted.options;
  const sorted = (fields: object) => Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  const facts = JSON.stringify([
    wanted.station,
    wanted.business,
    wanted.fingerprint,
    sorted(others),
    sorted(mapping ?? {}),
    wanted.repeat,
    wanted.attempt,
  ]);
  return `web-${(await digest(new TextEncoder().encode(facts).buffer)).slice(0, 40)}`;
}

async function digest(bytes: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
