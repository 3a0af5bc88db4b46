// An export that is being put together: it outlives a look at another page, and a token that has expired.

import { effect, signal } from '@preact/signals';
import { beginExport } from '../api/calls';
import type { Business, Column, ExportFormat, ExportRequest, Wanted } from '../api/types';
import { awaitEnd } from './notify';
import { session } from './session';

/** How a condition says what is wanted. */
export type Way = 'is' | 'between' | 'blank';

export interface Condition {
  /** Tells it from the others. */
  key: number;
  column: string;
  way: Way;
  value: string;
  from: string;
  to: string;
}

export interface Export {
  business: string;
  format: ExportFormat;
  /** The names of the columns that are in the file. */
  columns: string[];
  conditions: Condition[];
}

/** Null before a business is chosen. */
export const draft = signal<Export | null>(null);

let station = '';
// What one station's people ask for is nothing for another's.
effect(() => {
  const now = session.value?.station;
  if (now === undefined || now === station) return;
  station = now;
  draft.value = null;
});

/** Whether the token says that its bearer sees sensitive columns. The API decides. */
export const seesSensitive = () => session.value?.scopes.includes('data:export') ?? false;

/** All that the caller may see. */
export function everything(business: Business, isAllSeen: boolean): Export {
  const seen = business.columns.filter((column) => isAllSeen || !column.sensitive);
  const columns = seen.map((column) => column.name);
  return { business: business.business, format: 'csv', columns, conditions: [] };
}

export function change(part: Partial<Export>): void {
  if (draft.value) draft.value = { ...draft.value, ...part };
}

/** The ways in which a condition on a column can be said, the usual one first. */
export function waysOf(column: Column): Way[] {
  const { type, required } = column;
  const blank: Way[] = required ? [] : ['blank'];
  if (type === 'list' || type === 'boolean') return ['is', ...blank];
  const isMeasured = ['integer', 'decimal', 'date', 'date_time'].includes(type);
  return isMeasured ? ['between', 'is', ...blank] : ['is', 'between', ...blank];
}

/** The columns without a condition: each has one at most. */
export const freeColumns = (business: Business, conditions: Condition[]): Column[] =>
  business.columns.filter(({ name }) => conditions.every((one) => one.column !== name));

let lastKey = 0;

/** A condition on a column that says nothing yet. */
export function blankCondition(column: Column): Condition {
  lastKey += 1;
  const way = waysOf(column)[0] ?? 'is';
  return { key: lastKey, column: column.name, way, value: '', from: '', to: '' };
}

/** Whether a condition says what it wants. */
export function isSaid({ way, value, from, to }: Condition): boolean {
  if (way === 'blank') return true;
  return way === 'is' ? value.trim() !== '' : from.trim() !== '' || to.trim() !== '';
}

export function requestOf(asked: Export, business: Business): ExportRequest {
  const { conditions, format } = asked;
  const types = new Map(business.columns.map((one) => [one.name, one.type]));
  const wanted = conditions.map((one) => [one.column, wantedOf(one, types.get(one.column))]);
  // In the order of the definition, whichever was ticked last.
  const columns = business.columns.map((one) => one.name).filter((n) => asked.columns.includes(n));
  return { business: business.business, format, columns, filter: Object.fromEntries(wanted) };
}

function wantedOf({ way, value, from, to }: Condition, type = 'text'): Wanted {
  const said = (text: string) => {
    const trimmed = text.trim();
    if (type === 'boolean') return trimmed === 'true';
    // As a file has it, without an offset: in the time zone of the station.
    return type === 'date_time' ? trimmed.replace('T', ' ') : trimmed;
  };
  if (way === 'blank') return null;
  if (way === 'is') return said(value);
  return {
    ...(from.trim() && { from: said(from) }),
    ...(to.trim() && { to: said(to) }),
  };
}

/** The last request, and the id under which it was made. */
let asked = { text: '', id: '' };

/** Begins an export. What is asked again because no answer came is one export. */
export async function startExport(request: ExportRequest): Promise<number> {
  const text = JSON.stringify([station, request]);
  if (asked.text !== text) asked = { text, id: `web-export-${crypto.randomUUID()}` };
  const { task_id } = await beginExport({ ...request, user_task_id: asked.id });
  asked = { text: '', id: '' };
  awaitEnd(task_id);
  return task_id;
}
