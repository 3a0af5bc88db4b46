// What the package exports.

export {
  data,
  type ExportOptions,
  type ImportOptions,
  Sluice,
  type SluiceOptions,
} from './client.js';
export { Refusal, TaskFailed } from './errors.js';
export { pauseMs, type RetryOptions, retrying } from './retry.js';
export type { components, paths } from './schema.js';
export type { WaitOptions } from './wait.js';
