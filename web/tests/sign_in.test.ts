// Signing in at an OpenID provider: here, one on this machine that checks what RFC 7636 has it check.

import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { open } from './harness/browser';
import { shoot, violations } from './harness/looks';
import { Runner } from './harness/runner';

let browser: Browser;
let runner: Runner;
let server: Server;
let issuer: string;
let context: BrowserContext;
let page: Page;
/** Whether the provider lets people in, and how many have come to it. */
let lets: boolean;
let came: number;

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
  server = provider();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
  server.close();
});
beforeEach(async () => {
  lets = true;
  came = 0;
  context = await browser.newContext({ locale: 'en-GB' });
  page = await context.newPage();
  // What the deployment's bucket and its headers say.
  await page.route('**/sign-in.json', (route) =>
    route.fulfill({ json: { issuer, client_id: 'console', scope: 'openid task:read' } }),
  );
  await page.route(`${runner.url}/**`, async (route) => {
    if (route.request().resourceType() !== 'document') return route.fallback();
    const answer = await route.fetch();
    const headers = { ...answer.headers() };
    const policy = headers['content-security-policy'] ?? '';
    headers['content-security-policy'] = policy.replace(
      "connect-src 'self'",
      `connect-src 'self' ${issuer}`,
    );
    await route.fulfill({ response: answer, headers });
  });
});
afterEach(() => context.close());

/** A provider that gives the runner's token for a code, once, to whoever began. */
function provider(): Server {
  const codes = new Map<string, { challenge: string; redirect: string }>();
  return createServer(async (request, answer) => {
    const url = new URL(request.url ?? '/', issuer);
    answer.setHeader('access-control-allow-origin', runner.url);
    const json = (status: number, body: object) => {
      answer.writeHead(status, { 'content-type': 'application/json' });
      answer.end(JSON.stringify(body));
    };
    if (url.pathname === '/.well-known/openid-configuration') {
      const at = (path: string) => `${issuer}${path}`;
      return json(200, {
        issuer,
        authorization_endpoint: at('/authorize'),
        token_endpoint: at('/token'),
      });
    }
    if (url.pathname === '/authorize') {
      came += 1;
      const asked = (name: string) => url.searchParams.get(name) ?? '';
      expect([asked('response_type'), asked('client_id'), asked('code_challenge_method')]).toEqual([
        'code',
        'console',
        'S256',
      ]);
      const back = new URL(asked('redirect_uri'));
      back.searchParams.set('state', asked('state'));
      if (lets) {
        codes.set('c1', { challenge: asked('code_challenge'), redirect: asked('redirect_uri') });
        back.searchParams.set('code', 'c1');
      } else {
        back.searchParams.set('error', 'access_denied');
      }
      // Not by a redirect: what follows one cannot be given other headers.
      answer.writeHead(200, { 'content-type': 'text/html' });
      return answer.end(`<meta http-equiv="refresh" content="0;url=${back}">`);
    }
    let body = '';
    for await (const piece of request) body += piece;
    const sent = new URLSearchParams(body);
    const code = codes.get(sent.get('code') ?? '');
    codes.delete(sent.get('code') ?? '');
    const proof = createHash('sha256').update(sent.get('code_verifier') ?? '');
    const isHis =
      code?.challenge === proof.digest('base64url') && code.redirect === sent.get('redirect_uri');
    return isHis
      ? json(200, { access_token: runner.token, token_type: 'Bearer' })
      : json(400, { error: 'invalid_grant' });
  });
}

test('people sign in with their account and go on where they were', async () => {
  await page.goto(`${runner.url}/tasks?status=5`);
  const button = page.getByRole('button', { name: 'Sign in with your account' });
  await button.waitFor();
  expect(await violations(page)).toEqual([]);
  await shoot(page, 'sign-in');
  await button.click();
  await page.locator('header nav').waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/tasks?status=5');
  expect(await page.locator('.station strong').textContent()).toBe('demo');
  // The tab stays signed in, and another one asks.
  await page.reload();
  await page.locator('header nav').waitFor();
});

test('who is not let in is told so and may use a token', async () => {
  lets = false;
  await page.goto(`${runner.url}/tasks`);
  await page.getByRole('button', { name: 'Sign in with your account' }).click();
  await page.getByText('You could not be signed in.').waitFor();
  expect(came).toBe(1);
  await page.getByText('Sign in with a token').click();
  await page.getByLabel('Access token').fill(runner.token);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('header nav').waitFor();
});

test('an answer that the tab has not asked for signs nobody in', async () => {
  await page.goto(`${runner.url}/?code=c1&state=strange`);
  await page.getByRole('button', { name: 'Sign in with your account' }).waitFor();
  expect(await page.locator('header nav').count()).toBe(0);
  expect(new URL(page.url()).search).toBe('');
});

test('an answer with another state is refused, and neither it nor its code is in the log or the tab', async () => {
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await page.goto(`${runner.url}/tasks?status=5`);
  await page.getByRole('button', { name: 'Sign in with your account' }).waitFor();
  // As somebody has it who is at the provider now, and to whom a stranger gives a link.
  await page.evaluate((issuer) => {
    const provider = { issuer, client_id: 'console' };
    const pending = { provider, state: 'sent-state', verifier: 'v', back: '/tasks?status=5' };
    sessionStorage.setItem('sluice.sign-in', JSON.stringify(pending));
  }, issuer);
  await page.goto(`${runner.url}/?code=his-code&state=his-state`);
  await page.getByText('You could not be signed in.').waitFor();
  expect(said.filter((text) => text.startsWith('Sign-in failed'))).toEqual([
    'Sign-in failed: the state is not the one that was sent',
  ]);
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...sessionStorage }, { ...localStorage }, location.href]),
  );
  for (const hidden of ['his-code', 'his-state', 'sent-state']) {
    expect(said.join('\n')).not.toContain(hidden);
    expect(kept).not.toContain(hidden);
  }
});
