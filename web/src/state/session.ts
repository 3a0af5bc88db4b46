// Who is signed in: a bearer token, what it says of itself, and where it is kept. A tab has its own
// session, so that two stations can be open side by side; on request it outlives the tab.

import { signal } from '@preact/signals';

export interface Session {
  token: string;
  station: string;
  /** In milliseconds, null if the token does not say. */
  expiresAt: number | null;
  scopes: string[];
}

export const session = signal<Session | null>(null);
/** Why nobody is signed in: asked for at first, the API refuses the token, or the provider gives none (yet). */
export const signedOut = signal<'first' | 'expired' | 'left' | 'coming' | 'refused'>('first');

const KEY = 'sluice.token';

/** What a token says of itself; null where it is none. Whether it is valid is for the API to say. */
export function readToken(text: string): Session | null {
  const token = text.trim().replace(/^Bearer\s+/i, '');
  const payload = token.split('.')[1];
  if (!payload || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return null;
  try {
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (c) =>
      c.charCodeAt(0),
    );
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (typeof claims.station_id !== 'string') return null;
    return {
      token,
      station: claims.station_id,
      expiresAt: typeof claims.exp === 'number' ? claims.exp * 1000 : null,
      scopes: String(claims.scope ?? '').split(/\s+/),
    };
  } catch {
    return null;
  }
}

export function signIn(read: Session, keep: boolean): void {
  sessionStorage.setItem(KEY, read.token);
  if (keep) localStorage.setItem(KEY, read.token);
  session.value = read;
}

export function signOut(why: 'expired' | 'left'): void {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
  signedOut.value = why;
  session.value = null;
}

/** Takes up the tab's session, or one that comes with the address. */
export function restore(): void {
  const fromLink = takeFromAddress();
  const stored = fromLink ?? sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
  const read = stored ? readToken(stored) : null;
  if (read) signIn(read, false);
}

/**
 * The local runner prints a link with its token after the `#`, which browsers send to nobody. It is
 * taken on this machine only: elsewhere a stranger's link could sign people in to his own station.
 */
function takeFromAddress(): string | null {
  const match = /^#token=([\w.-]+)$/.exec(location.hash);
  if (!match) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return location.hostname === '127.0.0.1' ? (match[1] ?? null) : null;
}
