// Scores: the API's types under short names, and what evaluations and reconciliations say, which the
// schema leaves open (docs/api.md has their fields).

import type { components } from './schema';
import type { Task } from './types';

type Schemas = components['schemas'];

export type Sums = Schemas['SumsAnswer'];
export type MonthSums = Schemas['MonthView'];
export type Action = Schemas['ActionView'];
export type Actions = Schemas['ActionsAnswer'];
export type ScoreTask = Schemas['ScoreTaskAnswer'];

/** Counts of members by a name. */
export type Counts = Record<string, number>;

/** What an evaluation's `input` says. */
export interface EvaluationInput {
  /** The month, such as `2026-01`. */
  period: string;
  dry_run: boolean;
}

/** What a finished evaluation's `result` says. */
export interface EvaluationResult {
  period: string;
  from: string;
  dry_run: boolean;
  again: boolean;
  differences: number;
  members: number;
  without_member: number;
  rules: Counts;
  tiers: Counts;
  /** By change, such as `silver>gold`. */
  changes: Counts;
  coupons: Counts;
  rewards: Record<string, { members: number; points: string }>;
  no_longer_earned: Counts;
  decisions_bytes: number;
  /** Only where one task is asked for, and good for an hour. */
  link?: string;
  actual?: { dollars: number };
}

/** What a reconciliation's `input` says. */
export interface ReconciliationInput {
  from: string;
  to: string;
}

/** What there is of something, in the entries and in the sums. */
export interface Compared {
  entries_read: number;
  entries_counted: number;
  points_of_entries: string;
  points_of_sums: string;
}

/** What an ended reconciliation's `result` says. */
export interface ReconciliationResult extends ReconciliationInput, Compared {
  segments: number;
  differences: number;
  misplaced: number;
  examples: (Compared & { member_no: string; month: string })[];
  differing_segments: (Compared & { segment: number; differences: number; misplaced: number })[];
  actual?: { dollars: number };
}

export const isEvaluation = (task: Task) => task.type === 2 && task.task_name === 'evaluation';
export const isReconciliation = (task: Task) =>
  task.type === 2 && task.task_name === 'reconciliation';
export const isScoreTask = (task: Task) => isEvaluation(task) || isReconciliation(task);
export const evaluationOf = (task: Task) =>
  isEvaluation(task) ? (task.input as EvaluationInput) : null;
export const reconciliationOf = (task: Task) =>
  isReconciliation(task) ? (task.input as ReconciliationInput) : null;
/** What a task says of its end; nothing of one that failed. */
export const evaluatedOf = (task: Task) =>
  isEvaluation(task) && task.status === 3 ? (task.result as EvaluationResult | null) : null;
export const reconciledOf = (task: Task) =>
  isReconciliation(task) && (task.status === 3 || task.status === 4)
    ? (task.result as ReconciliationResult | null)
    : null;
