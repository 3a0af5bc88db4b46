// The files on the import page: each with what was chosen for it and how far it is. They outlive a
// change of pages, so that a file goes on being sent while its owner looks at something else.

import { effect, type Signal, signal } from '@preact/signals';
import { cancelTask, estimateImport, getTask } from '../api/calls';
import { Refusal } from '../api/refusal';
import type { Business, Estimate, Options, Task, UploadRequest } from '../api/types';
import { type Preview, preview } from '../preview/preview';
import { fingerprint, userTaskId } from '../upload/identity';
import { type Entry, find, forget, keep } from '../upload/journal';
import { begin, transfer } from '../upload/transfer';
import { session } from './session';

export type Stage =
  | { kind: 'choosing' }
  | { kind: 'asking'; dryRun: boolean }
  | {
      kind: 'sending';
      dryRun: boolean;
      taskId: number;
      sent: number;
      waiting: boolean;
      overAgain: boolean;
    }
  | { kind: 'paused'; dryRun: boolean; taskId: number; sent: number }
  | { kind: 'sent'; dryRun: boolean; taskId: number }
  | { kind: 'before'; dryRun: boolean; task: Task }
  | { kind: 'refused'; error: Error };

export interface Draft {
  key: number;
  file: File;
  fingerprint: Promise<string>;
  business: Signal<Business>;
  /** All but whether it is a dry run. */
  options: Signal<Options>;
  /** The row that is said to be the header, where no name in the file is known. */
  headerRow: Signal<number | null>;
  /** Import the file although the same bytes were imported before. */
  repeat: Signal<boolean>;
  attempt: number;
  /** Null while the file is being looked at. */
  preview: Signal<Preview | null>;
  estimate: Signal<Estimate | string | null>;
  stage: Signal<Stage>;
  stop: AbortController | null;
  entry: Entry | null;
}

export const drafts = signal<Draft[]>([]);

let keys = 0;
let station = '';

// A token that is renewed finds its files again; another station finds none of them.
effect(() => {
  const now = session.value?.station;
  if (now === undefined || now === station) return;
  station = now;
  for (const draft of drafts.peek()) draft.stop?.abort();
  drafts.value = [];
});

export function addFiles(files: Iterable<File>, business: Business): Draft[] {
  const added = [...files].map((file): Draft => {
    keys += 1;
    return {
      key: keys,
      file,
      fingerprint: fingerprint(file),
      business: signal(business),
      options: signal({}),
      headerRow: signal(null),
      repeat: signal(false),
      attempt: 0,
      preview: signal(null),
      estimate: signal(null),
      stage: signal({ kind: 'choosing' }),
      stop: null,
      entry: null,
    };
  });
  drafts.value = [...drafts.value, ...added];
  for (const draft of added) look(draft);
  return added;
}

export function choose(draft: Draft, business: Business): void {
  draft.business.value = business;
  draft.options.value = {};
  look(draft);
}

/** Says which row is the header. Only the names that are then mapped are sent. */
export function setHeaderRow(draft: Draft, row: number): void {
  draft.headerRow.value = row;
  look(draft);
}

/** Changes how the file is read. */
export function setOptions(draft: Draft, change: Options): void {
  draft.options.value = { ...draft.options.value, ...change };
  look(draft);
}

/** Looks at the file, and asks what its import will take. A later look wins over an earlier. */
function look(draft: Draft): void {
  const business = draft.business.value;
  const options = draft.options.value;
  const row = draft.headerRow.value;
  const isLatest = () =>
    draft.business.value === business &&
    draft.options.value === options &&
    draft.headerRow.value === row;
  preview(draft.file, business, options, row)
    .catch(
      (): Preview => ({
        kind: 'foreign',
        table: null,
        workbook: null,
        isTooLarge: false,
      }),
    )
    .then((seen) => {
      if (isLatest()) draft.preview.value = seen;
    });
  if (draft.file.size === 0) return;
  estimateImport(business.business, draft.file.name, draft.file.size)
    .catch((error: Error) => error.message)
    .then((estimate) => {
      if (draft.business.value === business) draft.estimate.value = estimate;
    });
}

export function remove(draft: Draft): void {
  draft.stop?.abort();
  drafts.value = drafts.value.filter((other) => other !== draft);
}

/** Whether closing the page would stop something. */
export const isSending = () =>
  drafts.value.some((draft) => ['asking', 'sending'].includes(draft.stage.value.kind));

/** Starts the import, or goes on with one that was started before. A second call does nothing. */
export async function start(draft: Draft, dryRun: boolean): Promise<void> {
  const { kind } = draft.stage.value;
  if (kind === 'asking' || kind === 'sending') return;
  draft.stage.value = { kind: 'asking', dryRun };
  await attempt(draft, async (watch) => {
    const request = await requestOf(draft, dryRun);
    const entry = await find(request.user_task_id ?? '');
    if (entry) {
      const task = await getTask(entry.taskId);
      if (task.status === 1) return send(draft, entry, watch);
      await forget(entry.userTaskId);
    }
    const answer = await begin(request, watch);
    if (!answer.upload) {
      draft.stage.value = { kind: 'before', dryRun, task: await getTask(answer.task_id) };
      return;
    }
    const made: Entry = {
      userTaskId: request.user_task_id ?? '',
      station: session.value?.station ?? '',
      taskId: answer.task_id,
      fingerprint: await draft.fingerprint,
      request,
      ticket: answer.upload,
      ticketAt: Date.now(),
      sent: [],
    };
    await keep(made);
    return send(draft, made, watch);
  });
}

/** Makes the same import once more, as another task: of a file whose task has ended. */
export function startAnew(draft: Draft, dryRun: boolean): void {
  draft.attempt += 1;
  draft.stage.value = { kind: 'choosing' };
  void start(draft, dryRun);
}

/** Goes on with an upload that a reload, or a closed tab, has stopped. */
export function resumeEntry(draft: Draft, entry: Entry): void {
  draft.options.value = { ...entry.request.options, dry_run: false };
  draft.repeat.value = entry.request.repeat ?? false;
  draft.entry = entry;
  look(draft);
  resume(draft);
}

export function resume(draft: Draft): void {
  const entry = draft.entry;
  if (entry) void attempt(draft, (watch) => send(draft, entry, watch));
}

export function pause(draft: Draft): void {
  const stage = draft.stage.value;
  if (stage.kind !== 'sending') return;
  draft.stage.value = { ...stage, kind: 'paused' };
  draft.stop?.abort();
}

/** Cancels the import whose file was not sent. */
export async function giveUp(draft: Draft): Promise<void> {
  draft.stop?.abort();
  const entry = draft.entry;
  draft.entry = null;
  draft.attempt += 1;
  draft.stage.value = { kind: 'choosing' };
  if (!entry) return;
  await forget(entry.userTaskId);
  await cancelTask(entry.taskId).catch(() => {});
}

type Watch = Parameters<typeof transfer>[2];

async function attempt(draft: Draft, act: (watch: Watch) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  draft.stop = stop;
  const change = (more: { sent?: number; waiting?: boolean; overAgain?: boolean }) => {
    const stage = draft.stage.value;
    if (stage.kind === 'sending' && !stop.signal.aborted) draft.stage.value = { ...stage, ...more };
  };
  try {
    await act({
      signal: stop.signal,
      onSent: (sent) => change({ sent, waiting: false }),
      onWaiting: (waiting) => change({ waiting }),
      onOverAgain: () => change({ overAgain: true }),
    });
  } catch (error) {
    if (stop.signal.aborted) return;
    // Whoever signs in anew finds the upload as it was.
    const isSignedOut = error instanceof Refusal && error.code === 40101;
    draft.stage.value = isSignedOut
      ? { kind: 'choosing' }
      : { kind: 'refused', error: error as Error };
  }
}

async function send(draft: Draft, entry: Entry, watch: Watch): Promise<void> {
  const dryRun = entry.request.options?.dry_run ?? false;
  const { taskId } = entry;
  draft.entry = entry;
  draft.stage.value = {
    kind: 'sending',
    dryRun,
    taskId,
    sent: 0,
    waiting: false,
    overAgain: false,
  };
  await transfer(draft.file, entry, watch);
  if (!watch.signal.aborted) draft.stage.value = { kind: 'sent', dryRun, taskId };
}

async function requestOf(draft: Draft, dryRun: boolean): Promise<UploadRequest> {
  const { dry_run: _, ...options } = draft.options.value;
  const all: Options = dryRun ? { ...options, dry_run: true } : options;
  const business = draft.business.value.business;
  const id = await userTaskId({
    station: session.value?.station ?? '',
    business,
    fingerprint: await draft.fingerprint,
    options: all,
    repeat: draft.repeat.value,
    attempt: draft.attempt,
  });
  return {
    business: business as UploadRequest['business'],
    file_name: draft.file.name,
    size_bytes: draft.file.size,
    user_task_id: id,
    options: all,
    ...(draft.repeat.value ? { repeat: true } : {}),
  };
}
