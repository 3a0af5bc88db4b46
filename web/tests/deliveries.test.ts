// What webhooks were told, among the settings: against the real system, and a receiver that does as it likes.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { faultsOf, open, openedTask, signedIn } from './harness/browser';
import { isWide, LOOKS, settled, shoot, violations } from './harness/looks';
import { Runner } from './harness/runner';
import { imported } from './harness/scores';

const PATH = '/settings?part=webhooks';

let browser: Browser;
let runner: Runner;
let receiver: Server;
/** What the receiver answers. */
let status = 204;
let taskId: number;

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
  receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end();
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  await setUp(true);
  taskId = await imported(runner, 'member_import', 'one.csv', 'member_no,name\nW1,Ann\n');
  await until((all) => all.length === 1 && all[0].state === 'delivered');
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
  receiver.close();
});

async function setUp(enabled: boolean): Promise<void> {
  const { port } = receiver.address() as AddressInfo;
  const config = await runner.get('/station/config');
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const hook = { id: 'back-office', url: `http://127.0.0.1:${port}/hook`, secret, enabled };
  await runner.put('/station/config', { ...config, webhooks: [hook] });
}

// biome-ignore lint/suspicious/noExplicitAny: tests read what they expect.
const until = (isSo: (all: any[]) => boolean) =>
  vi.waitFor(
    async () => {
      const { deliveries } = await runner.get('/station/webhooks/deliveries');
      expect(isSo(deliveries)).toBe(true);
    },
    { timeout: 60_000, interval: 200 },
  );

const row = (page: Page, id: number) => page.locator('.deliveries li', { hasText: `${id}` });

describe('in English', () => {
  let context: BrowserContext;
  let page: Page;
  beforeEach(async () => {
    context = await browser.newContext({ locale: 'en-GB' });
    page = await signedIn(context, runner, PATH);
  });
  afterEach(async () => {
    const faults = faultsOf(page);
    await context.close();
    expect(faults).toEqual([]);
  });

  test('a message has its state, its tries and its task, and can be sent again', async () => {
    const sent = row(page, taskId);
    await sent.getByText('Task finished').waitFor();
    await sent.getByText('Delivered').waitFor();
    await sent.getByText('1 try').waitFor();
    status = 500;
    await sent.getByRole('button', { name: 'Send again' }).click();
    // What comes of it is seen without a reload.
    await sent.getByText('it answered with status 500').waitFor();
    await sent.getByText('Pending').waitFor();
    await sent.getByText(/ · next /).waitFor();
    status = 204;
    await sent.getByRole('button', { name: 'Send again' }).click();
    await sent.getByText('Delivered').waitFor();
    expect(await sent.getByText(/ · next /).count()).toBe(0);
    await sent.getByRole('link').click();
    expect(await openedTask(page)).toBe(taskId);
  });

  test('messages are shown by their state', async () => {
    await row(page, taskId).waitFor();
    await page.getByLabel('State').selectOption({ label: 'Failed' });
    await page.getByRole('heading', { name: 'No message is in this state.' }).waitFor();
    await page.getByLabel('State').selectOption({ label: 'Delivered' });
    await row(page, taskId).waitFor();
  });

  test('a webhook that is disabled is told nothing, and that is said', async () => {
    await setUp(false);
    const sent = row(page, taskId);
    await sent.getByRole('button', { name: 'Send again' }).click();
    await sent.getByText('the webhook `back-office` was removed or disabled').waitFor();
    await setUp(true);
  });

  test('older messages are shown page by page', async () => {
    await row(page, taskId).waitFor();
    const { deliveries } = await runner.get('/station/webhooks/deliveries');
    const older = (n: number) => ({
      ...deliveries[0],
      id: `older-${n}`,
      task_id: 892838422567000 + n,
      created_at: new Date(Date.parse(deliveries[0].created_at) - n * 1000).toISOString(),
    });
    await page.route(/\/deliveries\?/, (route) => {
      const cursor = new URL(route.request().url()).searchParams.get('cursor');
      const data = cursor
        ? { deliveries: [older(1), older(2)], next_cursor: null }
        : { deliveries, next_cursor: 'older' };
      return route.fulfill({ json: { code: 0, msg: '', data } });
    });
    await page.reload();
    await page.getByRole('button', { name: 'Show more' }).click();
    await row(page, 892838422567002).waitFor();
    expect(await page.locator('.deliveries li').count()).toBe(deliveries.length + 2);
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  });

  test('a missing scope is a sentence and no error', async () => {
    await page.route(/\/station\/webhooks/, (route) =>
      route.fulfill({
        status: 403,
        json: { code: 40301, msg: 'the token lacks the scope station:admin', data: null },
      }),
    );
    await page.reload();
    await page.getByText('it lacks the scope station:admin').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

describe.each(LOOKS)('$theme, $language, $width pixels', ({ theme, language, width }) => {
  test('deliveries have no violation and fit', async () => {
    const context = await browser.newContext({
      colorScheme: theme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      viewport: { width, height: 800 },
    });
    const page = await signedIn(context, runner);
    await page.route(/\/deliveries\?/, async (route) => {
      const body = await (await route.fetch()).json();
      const [one] = body.data.deliveries;
      const next_attempt_at = new Date(Date.now() + 7_200_000).toISOString();
      const problem = 'it answered with status 404 (is the address right?)';
      const lost = { ...one, attempts: 4, response_status: 404, problem };
      body.data.deliveries = [
        { ...lost, id: 'p', state: 'pending', type: 'task.failed', next_attempt_at },
        one,
        { ...lost, id: 'f', state: 'failed', type: 'task.partly_succeeded', attempts: 10 },
      ];
      await route.fulfill({ json: body });
    });
    await page.goto(`${runner.url}${PATH}`);
    await page.locator('.deliveries li').nth(2).waitFor();
    await settled(page);
    await shoot(page, `deliveries-${theme}-${language}-${width}`);
    expect(await violations(page)).toEqual([]);
    expect(await isWide(page)).toBe(false);
    if (language === 'zh') expect(await page.locator('main [lang=en]').count()).toBe(0);
    expect(faultsOf(page)).toEqual([]);
    await context.close();
  });
});
