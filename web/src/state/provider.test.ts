import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { comeBack, findProvider, leaveFor, type Provider } from './provider';
import { session, signedOut } from './session';

const provider: Provider = {
  issuer: 'https://login.example/',
  client_id: 'console',
  audience: 'api',
};
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = `${part({ alg: 'RS256' })}.${part({ station_id: 'demo' })}.c2ln`;

let stored: Map<string, string>;
let assigned: URL | null;
let asked: { url: string; body: URLSearchParams | undefined }[];
let answers: Record<string, unknown>;
let logged: string[];
/** Whether the token endpoint refuses. */
let refuses: boolean;

const at = (search: string) => {
  Object.assign(location, { search, pathname: '/tasks' });
};

beforeEach(() => {
  stored = new Map();
  assigned = null;
  asked = [];
  logged = [];
  refuses = false;
  for (const way of ['log', 'info', 'debug', 'warn', 'error'] as const) {
    vi.spyOn(console, way).mockImplementation((...said) => {
      // As a browser shows it, an error with its stack.
      logged.push(said.map((one) => (one instanceof Error ? one.stack : String(one))).join(' '));
    });
  }
  answers = {
    'https://login.example/.well-known/openid-configuration': {
      issuer: provider.issuer,
      authorization_endpoint: 'https://login.example/authorize',
      token_endpoint: 'https://login.example/token',
    },
    'https://login.example/token': { access_token: token },
  };
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  };
  vi.stubGlobal('sessionStorage', storage);
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('history', { replaceState: (_: null, __: string, url: string) => at(url) });
  vi.stubGlobal('location', {
    origin: 'https://console.example',
    pathname: '/tasks',
    search: '?status=5',
    assign: (url: URL) => {
      assigned = url;
    },
  });
  vi.stubGlobal('fetch', async (url: string, init?: { body: URLSearchParams }) => {
    asked.push({ url, body: init?.body });
    const answer = answers[url];
    const isRefused = refuses && init !== undefined;
    const json = async () => (typeof answer === 'function' ? answer() : answer);
    return { ok: url in answers && !isRefused, json };
  });
  session.value = null;
  signedOut.value = 'first';
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const settled = () => new Promise((done) => setTimeout(done, 0));

async function sent(): Promise<URLSearchParams> {
  await leaveFor(provider);
  return (assigned as unknown as URL).searchParams;
}

test('the provider is asked for a code, and the code is exchanged with what proves the asker', async () => {
  const asking = await sent();
  expect(Object.fromEntries(asking)).toMatchObject({
    response_type: 'code',
    client_id: 'console',
    redirect_uri: 'https://console.example/',
    scope: 'openid',
    audience: 'api',
    code_challenge_method: 'S256',
  });
  at(`?code=c1&state=${asking.get('state')}`);
  comeBack();
  expect(signedOut.value).toBe('coming');
  expect(location.search).toBe('/tasks?status=5');
  await settled();
  expect(session.value?.station).toBe('demo');
  const body = asked.find(({ url }) => url.endsWith('/token'))?.body;
  expect(body?.get('code')).toBe('c1');
  const verifier = new TextEncoder().encode(body?.get('code_verifier') ?? '');
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', verifier)).toString('base64url');
  expect(digest).toBe(asking.get('code_challenge'));
});

test('a code that this tab has not asked for signs nobody in', async () => {
  at('?code=c1&state=strange');
  comeBack();
  await settled();
  expect([session.value, signedOut.value]).toEqual([null, 'first']);
  for (const wrong of ['code=c1&state=strange', 'error=access_denied&state=']) {
    const asking = await sent();
    at(`?${wrong.endsWith('=') ? wrong + asking.get('state') : wrong}`);
    comeBack();
    await settled();
    expect([session.value, signedOut.value]).toEqual([null, 'refused']);
    expect(asked.some(({ url }) => url.endsWith('/token'))).toBe(false);
  }
});

test('a provider that calls itself otherwise, or a token without a station, is refused', async () => {
  const asking = await sent();
  answers['https://login.example/token'] = { access_token: 'opaque' };
  at(`?code=c1&state=${asking.get('state')}`);
  comeBack();
  await settled();
  expect([session.value, signedOut.value]).toEqual([null, 'refused']);
  answers['https://login.example/.well-known/openid-configuration'] = {
    issuer: 'https://evil.example/',
  };
  await expect(leaveFor(provider)).rejects.toThrow('evil');
});

test('the log says why nobody is signed in, and never the code, the state or a token', async () => {
  const secret = 's3cret-code';
  const tokenAnswer = 'https://login.example/token';
  const quoting = () => Promise.reject(new SyntaxError(`"code=${secret}" is not valid JSON`));
  const cases: [string, (state: string) => string, unknown, string][] = [
    ['another state', () => `code=${secret}&state=strange-state`, {}, 'the state is not the one'],
    [
      'a refusal',
      (state) => `error=access_denied&error_description=${secret}&state=${state}`,
      {},
      'the provider says access_denied',
    ],
    [
      'an error that is none',
      (state) => `error=${secret}&state=${state}`,
      {},
      'the provider says no known error',
    ],
    [
      'a token that is none',
      (state) => `code=${secret}&state=${state}`,
      { access_token: `${secret}.opaque` },
      'the token names no station',
    ],
    ['no JSON', (state) => `code=${secret}&state=${state}`, quoting, 'SyntaxError'],
  ];
  for (const [what, answerOf, given, why] of cases) {
    logged = [];
    const state = (await sent()).get('state') ?? '';
    const { verifier } = JSON.parse([...stored.values()][0] ?? '{}');
    answers[tokenAnswer] = given;
    at(`?${answerOf(state)}`);
    comeBack();
    await settled();
    expect(signedOut.value, what).toBe('refused');
    expect(logged, what).toHaveLength(1);
    expect(logged[0], what).toContain(why);
    for (const hidden of [secret, state, 'strange-state', verifier]) {
      expect(logged[0], what).not.toContain(hidden);
      expect([...stored.values()].join(), what).not.toContain(hidden);
      expect(location.search, what).not.toContain(hidden);
    }
  }
});

test('a token endpoint that refuses is named with its error, and with nothing else that it says', async () => {
  const asking = await sent();
  answers['https://login.example/token'] = {
    error: 'invalid_grant',
    error_description: 'code c1 is used',
  };
  refuses = true;
  at(`?code=c1&state=${asking.get('state')}`);
  comeBack();
  await settled();
  expect(logged).toEqual(['Sign-in failed: the token endpoint says invalid_grant']);
});

test('an answer that nobody asked for leaves the address, and is not kept as the way back', async () => {
  at('?code=c1&state=strange');
  comeBack();
  expect(location.search).toBe('/tasks');
  await leaveFor(provider);
  expect([...stored.values()].join()).not.toContain('strange');
  // What a page has in its address stays.
  at('?status=5&search=code');
  comeBack();
  expect(location.search).toBe('?status=5&search=code');
});

test('there is a provider where the deployment names one', async () => {
  expect(await findProvider()).toBeNull();
  answers['/sign-in.json'] = provider;
  expect(await findProvider()).toEqual(provider);
  answers['/sign-in.json'] = {};
  expect(await findProvider()).toBeNull();
});
