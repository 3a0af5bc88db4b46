// The calls that the console makes, by what they are for.

import { get, post, type Query } from './client';
import type {
  Business,
  Estimate,
  Explanation,
  RowErrors,
  SentPart,
  Task,
  TaskList,
  UploadAnswer,
  UploadRequest,
} from './types';

export const listBusinesses = async () =>
  (await get<{ businesses: Business[] }>('/import/businesses')).businesses;

export const estimateImport = (business: string, fileName: string, sizeBytes: number) =>
  get<Estimate>('/import/estimate', { business, file_name: fileName, size_bytes: sizeBytes });

export const beginUpload = (request: UploadRequest) => post<UploadAnswer>('/upload', request);

export const completeUpload = (taskId: number, uploadId: string, parts: SentPart[]) =>
  post<null>('/upload/complete', { task_id: taskId, upload_id: uploadId, parts });

export const getTask = (taskId: number) => get<Task>('/task/get', { task_id: taskId });

export const listTasks = (query: Query) => get<TaskList>('/task/list', query);

export const listErrors = (taskId: number, cursor: string | null, limit = 20) =>
  get<RowErrors>('/task/errors', { task_id: taskId, cursor, limit });

export const explainTask = (taskId: number) =>
  get<Explanation>('/task/explain', { task_id: taskId });

export const cancelTask = (taskId: number) => post<Task>('/task/cancel', { task_id: taskId });

export const retryTask = (taskId: number) => post<Task>('/task/retry', { task_id: taskId });

export const hideTasks = (taskIds: number[]) =>
  post<null>('/task/clear_show', { task_ids: taskIds });
