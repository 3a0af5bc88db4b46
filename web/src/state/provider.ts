// Signing in at an OpenID provider: the authorization code flow with PKCE (RFC 7636), which RFC 9700 recommends
// for pages. The provider is named by `/sign-in.json`, which the deployment puts beside the console.

import { readToken, signedOut, signIn } from './session';

export interface Provider {
  /** As the claim `iss` of its tokens has it. */
  issuer: string;
  client_id: string;
  /** Scopes that are asked for; `openid` if nothing is said. */
  scope?: string;
  /** Some providers give tokens for an API only to those who name it. */
  audience?: string;
  /** Which token has the claim `station_id`. */
  token?: 'access_token' | 'id_token';
}

interface Pending {
  provider: Provider;
  state: string;
  verifier: string;
  /** Where to go on. */
  back: string;
}

interface Endpoints {
  authorization_endpoint: string;
  token_endpoint: string;
}

const KEY = 'sluice.sign-in';

/** Why nobody was signed in, in words that may be logged: none of the code, the state or a token is in them. */
class NotSignedIn extends Error {}

/** The error that a provider names, if it is written as RFC 6749 has it; all else could be anything. */
const errorIn = (said: unknown) =>
  typeof said === 'string' && /^[a-z_]{1,40}$/.test(said) ? said : 'no known error';

/** The provider of this deployment; null if people paste tokens. */
export async function findProvider(): Promise<Provider | null> {
  try {
    const answer = await fetch('/sign-in.json');
    const found = answer.ok ? await answer.json() : null;
    return found?.issuer && found.client_id ? found : null;
  } catch {
    return null;
  }
}

async function endpoints(issuer: string): Promise<Endpoints> {
  const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const found = await answer.json();
  if (found.issuer !== issuer) throw new NotSignedIn(`the issuer calls itself ${found.issuer}`);
  return found;
}

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '');

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

const redirect = () => `${location.origin}/`;

/** Leaves the page for the provider's. */
export async function leaveFor(provider: Provider): Promise<void> {
  const { authorization_endpoint } = await endpoints(provider.issuer);
  const [state, verifier] = [random(), random()];
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const back = location.pathname + location.search;
  sessionStorage.setItem(KEY, JSON.stringify({ provider, state, verifier, back }));
  const url = new URL(authorization_endpoint);
  const asked = {
    response_type: 'code',
    client_id: provider.client_id,
    redirect_uri: redirect(),
    scope: provider.scope ?? 'openid',
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
    ...(provider.audience && { audience: provider.audience }),
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  location.assign(url);
}

/** Goes on where somebody comes back from the provider, whom this tab has sent there. */
export function comeBack(): void {
  const answer = new URLSearchParams(location.search);
  if (!answer.has('state') || !(answer.has('code') || answer.has('error'))) return;
  const stored = sessionStorage.getItem(KEY);
  // A code is good for one use, and its answer for this tab.
  sessionStorage.removeItem(KEY);
  const pending: Pending | null = stored ? JSON.parse(stored) : null;
  // Whoever asked for it, an answer does not stay in the address: nor in the history, nor in what is
  // kept of the address when somebody signs in from here.
  history.replaceState(null, '', pending?.back ?? location.pathname);
  if (!pending) return;
  signedOut.value = 'coming';
  exchange(pending, answer).catch(refused);
}

/** Why is for whoever looks into it. What others throw may quote what they read, so only its kind is said. */
export function refused(error: unknown): void {
  const why = error instanceof NotSignedIn ? error.message : (error as Error).name;
  console.warn(`Sign-in failed: ${why}`);
  signedOut.value = 'refused';
}

async function exchange({ provider, state, verifier }: Pending, answer: URLSearchParams) {
  if (answer.get('state') !== state)
    throw new NotSignedIn('the state is not the one that was sent');
  const code = answer.get('code');
  if (!code) throw new NotSignedIn(`the provider says ${errorIn(answer.get('error'))}`);
  const { token_endpoint } = await endpoints(provider.issuer);
  const given = await fetch(token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirect(),
      client_id: provider.client_id,
      code_verifier: verifier,
    }),
  });
  const found = await given.json();
  if (!given.ok) throw new NotSignedIn(`the token endpoint says ${errorIn(found.error)}`);
  const read = readToken(found[provider.token ?? 'access_token'] ?? '');
  if (!read) throw new NotSignedIn('the token names no station');
  signIn(read, false);
}
