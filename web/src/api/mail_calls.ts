// The calls that the console makes about e-mails.

import { get, post, put } from './client';
import type {
  MailPreview,
  PutTemplate,
  SuppressionList,
  SuppressionView,
  Template,
  TemplateList,
  Texts,
  Values,
} from './mails';

export const listTemplates = (cursor: string | null) =>
  get<TemplateList>('/mail/templates', { cursor });

/** The latest version if none is named. */
export const getTemplate = (name: string, language: string, version: number | null = null) =>
  get<Template>('/mail/template', { name, language, version });

export const putTemplate = (request: PutTemplate) => put<Template>('/mail/template', request);

/** The e-mail as it would be sent. */
export const previewMail = (texts: Texts, values: Values) =>
  post<MailPreview>('/mail/preview', { texts, values });

export const listSuppressions = (cursor: string | null) =>
  get<SuppressionList>('/mail/suppressions', { cursor });

export const putSuppression = (address: string, suppressed: boolean) =>
  put<SuppressionView>('/mail/suppression', { address, suppressed });
