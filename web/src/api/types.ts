// The API's types under short names. They are generated from infra/openapi.json; only what that
// leaves open, what imports and exports say, is written here (docs/api.md has its fields).

import type { components } from './schema';

type Schemas = components['schemas'];

export type Task = Schemas['TaskView'];
export type TaskList = Schemas['TaskList'];
export type Rows = Schemas['RowsView'];
export type Estimate = Schemas['Estimate'];
export type Business = Schemas['BusinessView'];
export type Column = Schemas['ColumnView'];
export type FilePreview = Schemas['FilePreview'];
export type PreviewRequest = Schemas['PreviewRequest'];
export type ColumnMatch = Schemas['ColumnMatch'];
export type RowError = Schemas['RowError'];
export type RowErrors = Schemas['RowErrors'];
export type FileColumn = Schemas['FileColumn'];
export type Totals = Schemas['TaskTotals'];
export type TaskAction = Schemas['TaskAction'];
export type StationConfig = Schemas['ConfigAnswer'];
export type Explanation = Schemas['Explanation'];
export type TaskHistory = Schemas['TaskHistory'];
export type TaskProfile = Schemas['TaskProfile'];
export type Stage = Schemas['StageView'];
export type Options = Schemas['ImportOptions'];
export type OnDuplicate = Schemas['OnDuplicate'];
export type Encoding = Schemas['Encoding'];
export type UploadRequest = Schemas['UploadRequest'];
export type UploadAnswer = Schemas['UploadAnswer'];
export type Ticket = Schemas['UploadTicket'];
export type SentPart = Schemas['SentPart'];
export type ExportRequest = Schemas['ExportRequest'];
export type ExportAnswer = Schemas['ExportAnswer'];
export type ExportFormat = Schemas['ExportFormat'];
export type Wanted = Schemas['Wanted'];

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

/** What rows of an export are like in a column: as asked for, in the form in which values are stored. */
export type Condition = 'blank' | { is: string } | { between: { from?: string; to?: string } };

/** What an export's `input` says. */
export interface ExportInput {
  business: string;
  format: ExportFormat;
  columns: string[];
  filter?: Record<string, Condition>;
  file_name: string;
}

/** What a finished export's `result` says. */
export interface ExportResult {
  rows: number;
  bytes: number;
  crc64nvme: string;
  as_of: string;
  file_name: string;
  /** Only where one task is asked for, and good for an hour. */
  link?: string;
  actual?: { dollars: number };
  timeline?: [number, number][];
}

/** What an undo's `input` says. */
export interface UndoInput {
  task_id: number;
  file_name: string;
  rows: number;
  dry_run: boolean;
  estimate: Estimate;
}

/** What an ended undo's `result` says. */
export interface UndoResult {
  deleted?: number;
  restored?: number;
  kept?: number;
  gone?: number;
  estimate?: Estimate;
  actual?: Actual;
  /** Only where one task is asked for, and good for an hour. */
  kept_rows_url?: string;
}

export const isExport = (task: Task) => task.type === 1 && task.task_name === 'export';
export const isImport = (task: Task) => task.type === 0 && task.task_name === 'import';
export const hasEnded = (task: Task) => task.status >= 3;
export const can = (task: Task, action: TaskAction) => task.actions.includes(action);
export const isDryRun = (task: Task) => inputOf(task)?.options?.dry_run ?? false;
export const inputOf = (task: Task) => (isImport(task) ? (task.input as ImportInput) : null);
export const resultOf = (task: Task) =>
  isImport(task) ? (task.result as ImportResult | null) : null;
export const isUndo = (task: Task) => task.type === 2 && task.task_name === 'undo';
export const undoOf = (task: Task) => (isUndo(task) ? (task.input as UndoInput) : null);
export const undoneOf = (task: Task) => (isUndo(task) ? (task.result as UndoResult | null) : null);
export const exportOf = (task: Task) => (isExport(task) ? (task.input as ExportInput) : null);
/** What a task of the system says of its end; of an export that failed nothing. */
export const exportedOf = (task: Task) =>
  isExport(task) && task.status === 3 ? (task.result as ExportResult | null) : null;
