// The API's types under short names. They are generated from infra/openapi.json; only what that
// leaves open, the result of an import, is written here (docs/api.md has its fields).

import type { components } from './schema';

type Schemas = components['schemas'];

export type Task = Schemas['TaskView'];
export type TaskList = Schemas['TaskList'];
export type Rows = Schemas['RowsView'];
export type Estimate = Schemas['Estimate'];
export type Business = Schemas['BusinessView'];
export type Column = Schemas['ColumnView'];
export type RowError = Schemas['RowError'];
export type RowErrors = Schemas['RowErrors'];
export type Explanation = Schemas['Explanation'];
export type Options = Schemas['ImportOptions'];
export type OnDuplicate = Schemas['OnDuplicate'];
export type Encoding = Schemas['Encoding'];
export type UploadRequest = Schemas['UploadRequest'];
export type UploadAnswer = Schemas['UploadAnswer'];
export type Ticket = Schemas['UploadTicket'];
export type SentPart = Schemas['SentPart'];

/** What an import's `input` says. */
export interface ImportInput {
  business: string;
  file_name: string;
  size_bytes: number;
  options: Options;
}

/** Rows that have one kind of problem. */
export interface ProblemCount {
  column: string;
  code: string;
  rows: number;
}

/** What an import took. */
export interface Actual {
  rows: number;
  seconds: number;
  write_units: number;
  requests: number;
  dollars: number;
}

/** What an ended import's `result` says. */
export interface ImportResult {
  dry_run?: boolean;
  on_duplicate?: OnDuplicate;
  estimate?: Estimate;
  actual?: Actual;
  failed_rows?: string;
  failed_rows_url?: string;
  problem_counts?: ProblemCount[];
  /** Milliseconds since the start, and the rows that were read by then. */
  timeline?: [number, number][];
  parent?: number;
}

export const isImport = (task: Task) => task.type === 0 && task.task_name === 'import';
export const hasEnded = (task: Task) => task.status >= 3;
export const inputOf = (task: Task) => (isImport(task) ? (task.input as ImportInput) : null);
export const resultOf = (task: Task) =>
  isImport(task) ? (task.result as ImportResult | null) : null;
