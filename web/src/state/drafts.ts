// The files on the import page: each with what was chosen for it and how far it is. They outlive a
// change of pages, so that a file goes on being sent while its owner looks at something else.

import { effect, type Signal, signal } from '@preact/signals';
import { cancelTask, estimateImport, getTask, listTasks } from '../api/calls';
import { Refusal } from '../api/refusal';
import {
  type Business,
  type ColumnMatch,
  type Estimate,
  inputOf,
  isDryRun,
  type Options,
  type Task,
  type UploadRequest,
} from '../api/types';
import { letters } from '../preview/lines';
import { type Preview, preview } from '../preview/preview';
import { fingerprint, userTaskId } from '../upload/identity';
import { type Entry, find, forget, keep } from '../upload/journal';
import { begin, transfer } from '../upload/transfer';
import { keepMapping, recall } from './mappings';
import { awaitEnd } from './notify';
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
  | { kind: 'same'; task: Task }
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
  /** Columns that are not taken from the field which may be meant by them. */
  declined: Signal<ReadonlySet<string>>;
  /** Whether columns are taken from fields as they were before; null where nobody wants that. */
  recalled: Signal<boolean | null>;
  /** The line that looks like a row is the header all the same. */
  isHeader: Signal<boolean>;
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

/** As much text as a list can be searched for. */
const MOST_SEARCHED = 200;

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
      declined: signal(new Set<string>()),
      recalled: signal(false),
      isHeader: signal(false),
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
  draft.declined.value = new Set();
  draft.recalled.value = false;
  look(draft);
}

/** What the columns of a file are called in a mapping. */
export function fieldName(draft: Draft, place: number): string {
  const names = draft.preview.value?.seen?.names ?? [];
  return (draft.options.value.header === false ? letters[place] : names[place]) ?? '';
}

/** The columns with a field that may be meant by them, and of which nothing was said. */
export function guesses(draft: Draft): ColumnMatch[] {
  const columns = draft.preview.value?.seen?.columns ?? [];
  const isOpen = (one: ColumnMatch) =>
    one.field === null && one.suggested !== null && !draft.declined.value.has(one.column);
  return columns.filter(isOpen);
}

/** Takes the fields that may be meant, or leaves them out. */
export function settleGuesses(draft: Draft, isRight: boolean): void {
  const open = guesses(draft);
  if (!isRight) {
    draft.declined.value = new Set([...draft.declined.value, ...open.map((one) => one.column)]);
    return;
  }
  const mapping = { ...draft.options.value.mapping };
  for (const { column, suggested } of open) mapping[column] = fieldName(draft, suggested ?? 0);
  setOptions(draft, { mapping });
}

/** Takes a column from a field, or from none. */
export function pickField(draft: Draft, column: string, place: number | null): void {
  const mapping = { ...draft.options.value.mapping };
  const declined = new Set(draft.declined.value);
  delete mapping[column];
  if (place === null) declined.add(column);
  else {
    const said = fieldName(draft, place);
    // One field is for one column.
    for (const [other, name] of Object.entries(mapping)) {
      if (name === said) delete mapping[other];
    }
    mapping[column] = said;
    declined.delete(column);
  }
  draft.declined.value = declined;
  setOptions(draft, { mapping });
}

/** Says that the file has no header, or that it has one. */
export function setHeader(draft: Draft, hasHeader: boolean): void {
  draft.declined.value = new Set();
  setOptions(draft, { header: hasHeader ? null : false, mapping: {} });
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
  if (draft.file.size === 0) return;
  preview(draft.file, business, options, row)
    // Nobody knows, then, and the server says what it makes of the file when it is sent.
    .catch((): Preview => ({ seen: null, workbook: null, isTooLarge: false }))
    .then((seen) => {
      if (isLatest() && !takeRecalled(draft, seen)) draft.preview.value = seen;
    });
  estimateImport(business.business, draft.file.name, draft.file.size)
    .catch((error: Error) => error.message)
    .then((estimate) => {
      if (draft.business.value === business) draft.estimate.value = estimate;
    });
}

/** Takes columns from the fields that they were taken from before, unless something was chosen for this file. */
function takeRecalled(draft: Draft, { seen }: Preview): boolean {
  const { header, mapping } = draft.options.value;
  const isOpen = draft.stage.value.kind === 'choosing' && draft.recalled.value !== null;
  const isUntouched = Object.keys(mapping ?? {}).length === 0 && draft.declined.value.size === 0;
  if (!seen || seen.refusal || header === false || !isOpen || !isUntouched) return false;
  const found = recall(draft.business.value.business, seen);
  draft.recalled.value = Object.keys(found).length > 0;
  if (draft.recalled.value) setOptions(draft, { mapping: found });
  return draft.recalled.value;
}

/** Takes the columns as they are found, and not as they were chosen before. */
export function forgetRecalled(draft: Draft): void {
  draft.recalled.value = null;
  setOptions(draft, { mapping: {} });
}

export function remove(draft: Draft): void {
  draft.stop?.abort();
  drafts.value = drafts.value.filter((other) => other !== draft);
}

/** Whether closing the page would stop something. */
const isSending = () =>
  drafts.value.some((draft) => ['asking', 'sending'].includes(draft.stage.value.kind));

// The browser asks before it closes any page of the console, as files are sent on all of them.
addEventListener('beforeunload', (event) => {
  if (isSending()) event.preventDefault();
});

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
    const same = dryRun || draft.repeat.value ? null : await findSame(request);
    if (same) {
      draft.stage.value = { kind: 'same', task: same };
      return;
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
    // Without a header fields have letters for names, which say nothing of another file.
    if (request.options?.header !== false)
      keepMapping(request.business, request.options?.mapping ?? {});
    return send(draft, made, watch);
  });
}

/**
 * Another import of a file of this name and size, which its owner is asked about. The server knows
 * for sure, by the content, when the file has arrived.
 */
async function findSame(request: UploadRequest): Promise<Task | null> {
  const { business, file_name: name, size_bytes: size, user_task_id: id } = request;
  if (name.length > MOST_SEARCHED) return null;
  try {
    const query = { business_id: business, type: 0, status: '1,2,3,4', search: name };
    const { tasks } = await listTasks(query);
    if (tasks.some((task) => task.user_task_id === id)) return null;
    const isSame = (task: Task) => {
      const input = inputOf(task);
      return input?.file_name === name && input.size_bytes === size && !isDryRun(task);
    };
    return tasks.find(isSame) ?? null;
  } catch {
    return null;
  }
}

/** Imports a file all the same that was imported before. */
export function startAnyway(draft: Draft): void {
  draft.repeat.value = true;
  draft.stage.value = { kind: 'choosing' };
  void start(draft, false);
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
  awaitEnd(taskId);
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

/** Whether nothing has to be chosen any more. */
export function isReady(draft: Draft): boolean {
  const preview = draft.preview.value;
  if (draft.stage.value.kind !== 'choosing' || draft.file.size === 0 || !preview) return false;
  const { seen, isTooLarge } = preview;
  if (isTooLarge) return false;
  // What could not be looked into is for the server to judge.
  return !seen || (!seen.refusal && !seen.problem && guesses(draft).length === 0);
}
