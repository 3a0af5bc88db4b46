// The one place where the API is called: the token, the envelope, and what API Gateway refuses in
// its own words.

import { noteServerTime } from '../state/clock';
import { session, signOut } from '../state/session';
import { Refusal, Unreachable } from './refusal';

export type Query = Record<string, string | number | null | undefined>;

interface Envelope {
  code?: number;
  msg?: string;
  message?: string;
  data?: unknown;
}

export function get<T>(path: string, query: Query = {}): Promise<T> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  return call<T>('GET', search.size > 0 ? `${path}?${search}` : path);
}

export function post<T>(path: string, body: unknown): Promise<T> {
  return call<T>('POST', path, JSON.stringify(body));
}

export function put<T>(path: string, body: unknown): Promise<T> {
  return call<T>('PUT', path, JSON.stringify(body));
}

export function del<T>(path: string): Promise<T> {
  return call<T>('DELETE', path);
}

async function call<T>(method: string, path: string, body?: string): Promise<T> {
  const token = session.value?.token;
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, { method, headers, body: body ?? null, cache: 'no-store' });
    text = await response.text();
  } catch (error) {
    throw new Unreachable('no answer', { cause: error });
  }
  noteServerTime(response.headers.get('date'));
  const envelope = parse(text);
  if (response.status === 401) {
    // Another token may have come meanwhile: that one is not to blame.
    if (session.value?.token === token) signOut('expired');
    throw new Refusal(40101, envelope.msg ?? 'the token is not valid or has expired');
  }
  if (response.ok && envelope.code === 0) return envelope.data as T;
  const code = envelope.code ?? response.status * 100 + 1;
  const message = envelope.msg || envelope.message || `HTTP ${response.status}`;
  const retryAfter = Number(response.headers.get('retry-after')) || null;
  throw new Refusal(code, message, retryAfter);
}

function parse(text: string): Envelope {
  try {
    return JSON.parse(text) as Envelope;
  } catch {
    return {};
  }
}
