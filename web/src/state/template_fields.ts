// A template while it is edited: its texts, and a sample value for each of its variables.

import type { PutTemplate, Template, Texts, Values } from '../api/mails';

export interface Fields {
  name: string;
  language: string;
  subject: string;
  text: string;
  html: string;
  /** By variable. A value that may be missing is blank. */
  sample: Record<string, { text: string; isMissing: boolean }>;
}

/** Values that every e-mail has. */
const BUILT_IN = ['address', 'unsubscribe_url'];
const WORDS = new Set([
  ...['if', 'elif', 'else', 'endif', 'and', 'or', 'not', 'in', 'is', 'defined', 'undefined'],
  ...['true', 'false', 'none', 'True', 'False', 'None'],
]);

/** What stands before an identifier that is no variable: a filter, or a part of another name. */
const TOKENS = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|([|.]\s*)?([A-Za-z_][A-Za-z0-9_]*)/g;

/** The variables of texts, in the order in which they come. What is right is for the server to say. */
export function variablesIn(texts: string[]): string[] {
  const found = new Set<string>();
  for (const [, print, block] of texts.join('\n').matchAll(/\{\{(.*?)\}\}|\{%(.*?)%\}/gs)) {
    for (const [, before, name] of (print ?? block ?? '').matchAll(TOKENS)) {
      if (name && !before && !WORDS.has(name) && !BUILT_IN.includes(name)) found.add(name);
    }
  }
  return [...found];
}

export const namesOf = (fields: Fields) => variablesIn([fields.subject, fields.text, fields.html]);

/** Null for a new one. */
export function fieldsOf(template: Template | null): Fields {
  const sample = Object.entries(template?.sample ?? {}).map(([name, value]) => {
    const text = value === null ? '' : String(value);
    return [name, { text, isMissing: value === null }] as const;
  });
  return {
    name: template?.name ?? '',
    language: template?.language ?? 'en',
    subject: template?.texts.subject ?? '',
    text: template?.texts.text ?? '',
    html: template?.texts.html ?? '',
    sample: Object.fromEntries(sample),
  };
}

export const textsOf = ({ subject, text, html }: Fields): Texts => ({
  subject,
  text: text === '' ? null : text,
  html: html === '' ? null : html,
});

/** The values of the variables that there are. One that was a text stays one as long as it is not changed. */
export function valuesOf(fields: Fields, before: Values = {}): Values {
  return Object.fromEntries(
    namesOf(fields).map((name) => {
      const { text, isMissing } = fields.sample[name] ?? { text: '', isMissing: false };
      if (isMissing) return [name, null];
      const old = before[name] ?? null;
      return [name, old !== null && String(old) === text ? old : typed(text)];
    }),
  );
}

/** Numbers and booleans can be compared with others of their kind only. */
function typed(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/.test(text) ? Number(text) : text;
}

/** The request that saves what is shown as the version after `version`. */
export const requestOf = (fields: Fields, version: number, before: Values): PutTemplate => ({
  name: fields.name,
  language: fields.language,
  version,
  texts: textsOf(fields),
  sample: valuesOf(fields, before),
});

/** Why it cannot be saved yet: a key of `words.templates`. */
export function wrongWith(fields: Fields): 'nameWrong' | 'languageWrong' | 'noBody' | null {
  if (!/^[a-z0-9_-]{1,64}$/.test(fields.name)) return 'nameWrong';
  if (!/^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$/.test(fields.language)) return 'languageWrong';
  return fields.text === '' && fields.html === '' ? 'noBody' : null;
}
