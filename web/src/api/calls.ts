// The calls that the console makes, by what they are for.

import { get, post, put, type Query } from './client';
import type {
  Business,
  Estimate,
  Explanation,
  ExportAnswer,
  ExportRequest,
  FilePreview,
  PreviewRequest,
  RowErrors,
  SentPart,
  StationConfig,
  Task,
  TaskHistory,
  TaskList,
  TaskProfile,
  UploadAnswer,
  UploadRequest,
} from './types';

export const listBusinesses = async () =>
  (await get<{ businesses: Business[] }>('/import/businesses')).businesses;

export const estimateImport = (business: string, fileName: string, sizeBytes: number) =>
  get<Estimate>('/import/estimate', { business, file_name: fileName, size_bytes: sizeBytes });

/** What an import would make of a file. */
export const previewImport = (request: PreviewRequest) =>
  post<FilePreview>('/import/preview', request);

export const beginUpload = (request: UploadRequest) => post<UploadAnswer>('/upload', request);

export const completeUpload = (taskId: number, uploadId: string, parts: SentPart[]) =>
  post<null>('/upload/complete', { task_id: taskId, upload_id: uploadId, parts });

export const beginExport = (request: ExportRequest) => post<ExportAnswer>('/export', request);

export const getTask = (taskId: number) => get<Task>('/task/get', { task_id: taskId });

export const listTasks = (query: Query) => get<TaskList>('/task/list', query);

export const listErrors = (taskId: number, cursor: string | null, limit = 20) =>
  get<RowErrors>('/task/errors', { task_id: taskId, cursor, limit });

export const explainTask = (taskId: number) =>
  get<Explanation>('/task/explain', { task_id: taskId });

export const taskHistory = (taskId: number) =>
  get<TaskHistory>('/task/history', { task_id: taskId });

export const taskProfile = (taskId: number) =>
  get<TaskProfile>('/task/profile', { task_id: taskId });

export const cancelTask = (taskId: number) => post<Task>('/task/cancel', { task_id: taskId });

export const pauseTask = (taskId: number) => post<Task>('/task/pause', { task_id: taskId });

export const resumeTask = (taskId: number) => post<Task>('/task/resume', { task_id: taskId });

/** With `repeat`, a file is imported although another task imported the same one. */
export const retryTask = (taskId: number, repeat = false) =>
  post<Task>('/task/retry', { task_id: taskId, ...(repeat ? { repeat } : {}) });

/** Takes back what an import stored, or counts what would become of its rows. The task that does so. */
export const undoTask = (taskId: number, dryRun: boolean, userTaskId: string) =>
  post<Task>('/task/undo', {
    task_id: taskId,
    user_task_id: userTaskId,
    ...(dryRun ? { dry_run: true } : {}),
  });

export const hideTasks = (taskIds: number[]) =>
  post<null>('/task/clear_show', { task_ids: taskIds });

export const showTasks = (taskIds: number[]) => post<null>('/task/show', { task_ids: taskIds });

export const getConfig = () => get<StationConfig>('/station/config');

export const putConfig = (config: StationConfig) => put<StationConfig>('/station/config', config);
