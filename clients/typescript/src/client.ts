// The client: every call of the API with its types, and the longer ways that take several calls.

import createClient, { type Client } from 'openapi-fetch';
import { Refusal, type Task, TaskFailed } from './errors.js';
import { DEFAULT_RETRY, type RetryOptions, retrying } from './retry.js';
import type { components, paths } from './schema.js';
import { sendFile, TicketRefused } from './upload.js';
import { type WaitOptions, waitUntilEnded } from './wait.js';

type Schemas = components['schemas'];

/** The envelope of every answer, as `openapi-fetch` returns it. */
interface Answer<T> {
  data?: { code: 0; msg: string; data?: T };
  error?: unknown;
  response: Response;
}

/** A file does not arrive with more tickets than this if it did not arrive with so many. */
const MOST_TICKETS = 3;

export interface SluiceOptions {
  /** Where the API is, such as `https://api.example.com`. */
  url: string;
  /** A token, or what returns one: it is asked before each call, so that a token can be renewed. */
  token: string | (() => string | Promise<string>);
  retry?: RetryOptions;
  /** Makes the calls. Tests may put themselves in between. */
  fetch?: typeof globalThis.fetch;
}

export interface ImportOptions {
  business: Schemas['BusinessId'];
  fileName: string;
  /** Your own id of this import: the same file with the same id is imported once, however often it is asked for. */
  userTaskId: string;
  /** Imports the file although the same bytes were imported before. */
  repeat?: boolean;
  options?: Schemas['ImportOptions'];
}

export type ExportOptions = Omit<Schemas['ExportRequest'], 'format'> & {
  format?: Schemas['ExportFormat'];
  /** Your own id of this export: the same request with it makes one task. */
  user_task_id: string;
};

export class Sluice {
  /** Every operation of the API, typed: `client.api.GET('/task/list', …)`. Calls are made again by themselves. */
  readonly api: Client<paths>;
  private readonly fetch: typeof globalThis.fetch;

  constructor({ url, token, retry = DEFAULT_RETRY, fetch = globalThis.fetch }: SluiceOptions) {
    this.fetch = retrying(fetch, retry);
    // The API takes lists as one parameter, with commas.
    const querySerializer = { array: { style: 'form', explode: false } } as const;
    this.api = createClient<paths>({ baseUrl: url, fetch: this.fetch, querySerializer });
    this.api.use({
      async onRequest({ request }) {
        const current = typeof token === 'string' ? token : await token();
        request.headers.set('authorization', `Bearer ${current}`);
        return request;
      },
    });
  }

  /** Sends a file and returns the id of its import, which has begun. */
  async upload(file: Blob, wanted: ImportOptions): Promise<number> {
    const request: Schemas['UploadRequest'] = {
      business: wanted.business,
      file_name: wanted.fileName,
      size_bytes: file.size,
      user_task_id: wanted.userTaskId,
      repeat: wanted.repeat ?? false,
      options: wanted.options ?? {},
    };
    let sent = new Map<number, Schemas['SentPart']>();
    let uploadId: string | null = null;
    for (let tickets = 1; ; tickets += 1) {
      const body: Schemas['UploadRequest'] = { ...request, upload_id: uploadId };
      const { task_id: id, upload } = data(await this.api.POST('/upload', { body }));
      if (!upload) return id;
      try {
        await sendFile(this.fetch, upload, file, sent);
      } catch (error) {
        if (!(error instanceof TicketRefused) || tickets >= MOST_TICKETS) throw error;
        // Tickets are good for an hour. Those of the same upload keep the parts that have arrived.
        if (error.isGone) sent = new Map();
        uploadId = upload.kind === 'multipart' && !error.isGone ? upload.upload_id : null;
        continue;
      }
      if (upload.kind === 'multipart') {
        const parts = [...sent.values()].sort((a, b) => a.part_number - b.part_number);
        const whole = { task_id: id, upload_id: upload.upload_id, parts };
        data(await this.api.POST('/upload/complete', { body: whole }));
      }
      return id;
    }
  }

  /** Waits until a task has ended, and returns it. Its `status` says how: 3 finished, 4 in part, 5 failed. */
  wait(taskId: number, options?: WaitOptions): Promise<Task> {
    const query = { task_id: taskId };
    return waitUntilEnded(
      async () => data(await this.api.GET('/task/get', { params: { query } })),
      options,
    );
  }

  /** Imports a file, and waits until its task has ended. */
  async import(file: Blob, wanted: ImportOptions, options?: WaitOptions): Promise<Task> {
    return this.wait(await this.upload(file, wanted), options);
  }

  /** Yields the rows of an ended import that were not imported, page by page. */
  async *rowErrors(taskId: number): AsyncGenerator<Schemas['RowError']> {
    let cursor: string | undefined;
    do {
      const query = { task_id: taskId, limit: 100, ...(cursor ? { cursor } : {}) };
      const page = data(await this.api.GET('/task/errors', { params: { query } }));
      yield* page.errors;
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
  }

  /** Returns the file of the rows that were not imported, or null if there are none. */
  async failedRows(taskId: number): Promise<Blob | null> {
    const query = { task_id: taskId };
    const task = data(await this.api.GET('/task/get', { params: { query } }));
    const { failed_rows_url: url } = (task.result ?? {}) as { failed_rows_url?: string };
    return url ? this.download(url) : null;
  }

  /** Exports rows, and returns the file. */
  async export(wanted: ExportOptions, options?: WaitOptions): Promise<Blob> {
    const { task_id: id } = data(
      await this.api.POST('/export', { body: { format: 'csv', ...wanted } }),
    );
    const task = await this.wait(id, options);
    const { link } = (task.result ?? {}) as { link?: string };
    if (task.status !== 3 || !link) throw new TaskFailed(task);
    return this.download(link);
  }

  private async download(url: string): Promise<Blob> {
    const answer = await this.fetch(url);
    if (!answer.ok) throw new Error(`S3 answered ${answer.status} to a download`);
    return answer.blob();
  }
}

/** Returns what an answer has in its envelope, or throws what it says instead. */
export function data<T>(answer: Answer<T>): T {
  if (answer.data) return answer.data.data as T;
  // API Gateway refuses some requests in its own words, without the envelope.
  const { code, msg, message } = (answer.error ?? {}) as Record<
    string,
    string | number | undefined
  >;
  const { status } = answer.response;
  throw new Refusal(Number(code ?? status * 100 + 1), String(msg ?? message ?? `HTTP ${status}`));
}
