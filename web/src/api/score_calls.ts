// The calls that the console makes about scores.

import { get, post } from './client';
import type { Actions, ScoreTask, Sums } from './scores';

export const scoreSums = (memberNo: string, from: string, to: string) =>
  get<Sums>('/score/sums', { member_no: memberNo, from, to });

export const scoreActions = (memberNo: string, cursor: string | null) =>
  get<Actions>('/score/actions', { member_no: memberNo, cursor });

export const evaluateScores = (period: string, dryRun: boolean, userTaskId: string) =>
  post<ScoreTask>('/score/evaluate', { period, dry_run: dryRun, user_task_id: userTaskId });

export const reconcileScores = (from: string, to: string, userTaskId: string) =>
  post<ScoreTask>('/score/reconcile', { from, to, user_task_id: userTaskId });
