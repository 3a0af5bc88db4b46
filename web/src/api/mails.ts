// E-mails: the API's types under short names, and what mailings say, which the schema leaves open
// (docs/api.md has their fields).

import type { components } from './schema';
import { hasEnded, type Task } from './types';

type Schemas = components['schemas'];

export type Template = Schemas['TemplateView'];
export type TemplateSummary = Schemas['TemplateSummary'];
export type TemplateList = Schemas['TemplateList'];
export type Texts = Schemas['SentTexts'];
export type Values = Schemas['MailValues'];
export type PutTemplate = Schemas['PutTemplateRequest'];
export type MailPreview = Schemas['MailPreview'];
export type Suppression = Schemas['Suppression'];
export type SuppressionList = Schemas['SuppressionList'];
export type SuppressionView = Schemas['SuppressionView'];
export type Notify = Schemas['Notify'];
export type OnUnknown = Schemas['OnUnknown'];

/** Who gets a mailing: named addresses, the rows of a business, or the members that an import has created. */
export type Audience =
  | { addresses: { count: number } }
  | { rows: { business: string; filter?: Record<string, unknown> } }
  | { import: { task_id: number; business: string } };

/** What a mailing's `input` says. */
export interface MailingInput {
  template: string;
  language: string;
  version: number;
  audience: Audience;
  from_name?: string;
  reply_to?: string;
  on_unknown: OnUnknown;
}

/** Recipients by what became of them: together they are the audience. */
export const OUTCOMES = ['sent', 'failed', 'suppressed', 'duplicate', 'unknown'] as const;

/** What an ended mailing's `result` says. */
export interface MailingResult extends Record<(typeof OUTCOMES)[number], number> {
  template: string;
  language: string;
  version: number;
  audience: number;
  /** Lines of the list of those who were not sent to. */
  not_sent: number;
  /** Only where one task is asked for, and good for an hour. */
  link?: string;
  actual?: { dollars: number };
}

export const isMailing = (task: Task) => task.type === 2 && task.task_name === 'mailing';
export const mailingOf = (task: Task) => (isMailing(task) ? (task.input as MailingInput) : null);
/** What a mailing says of its end; nothing of one that failed before it had an audience. */
export function mailedOf(task: Task): MailingResult | null {
  if (!isMailing(task) || !hasEnded(task)) return null;
  const result = task.result as MailingResult | null;
  return result?.audience === undefined ? null : result;
}
