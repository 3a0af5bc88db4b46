// One `PUT` to S3. XMLHttpRequest, as `fetch` does not tell how much was sent.

import { Unreachable } from '../api/refusal';

/** S3 answered and did not take it. */
export class PutRefused extends Error {
  constructor(readonly status: number) {
    super(`S3 answered ${status}`);
  }
}

/** A connection that moves nothing for so long is given up. */
const SILENCE_MS = 30_000;

/** Sends a body; the answer is its entity tag. */
export function put(
  url: string,
  headers: Record<string, string>,
  body: Blob,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let silence: ReturnType<typeof setTimeout> | undefined;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => request.abort(), SILENCE_MS);
    };
    const stop = () => request.abort();
    const end = (act: () => void) => () => {
      clearTimeout(silence);
      signal.removeEventListener('abort', stop);
      act();
    };
    request.upload.onprogress = (event) => {
      listen();
      onSent(event.loaded);
    };
    request.onload = end(() => {
      if (request.status < 200 || request.status > 299) reject(new PutRefused(request.status));
      else resolve(request.getResponseHeader('etag') ?? '');
    });
    request.onerror = end(() => reject(new Unreachable('the connection was lost')));
    request.onabort = end(() =>
      reject(signal.aborted ? signal.reason : new Unreachable('the connection went silent')),
    );
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', stop);
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    listen();
    request.send(body);
  });
}
