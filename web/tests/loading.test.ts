// The code of a page comes when the page is opened, and may not come: without a network, or after a
// new release has replaced it.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { choose, faultsOf, open, signedIn } from './harness/browser';
import { Files } from './harness/files';
import { violations } from './harness/looks';
import { Runner } from './harness/runner';

let browser: Browser;
let runner: Runner;
let context: BrowserContext;
let page: Page;
/** The scripts that were asked for, without the digests in their names. */
let asked: string[];
const files = new Files();

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
  files.remove();
});
beforeEach(async () => {
  asked = [];
  context = await browser.newContext({ locale: 'en-GB' });
  context.on('request', (request) => {
    const name = /\/assets\/(\w+)-[\w-]{8}\.js$/.exec(request.url())?.[1];
    if (name) asked.push(name);
  });
  page = await signedIn(context, runner);
  await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor();
});
afterEach(async () => {
  const faults = faultsOf(page);
  await context.close();
  expect(faults).toEqual([]);
});

const link = (name: string) =>
  page.getByRole('navigation').getByRole('link', { name, exact: true });
const heading = (name: string) => page.getByRole('heading', { name, exact: true, level: 1 });
const focused = () => page.evaluate(() => document.activeElement?.id);
const title = (name: string) => expect.poll(() => page.title()).toBe(`${name} – Sluice`);

/** Answers as S3 does for a script that is gone. */
const remove = (script: string) =>
  context.route(`**/assets/${script}-*.js`, (route) => route.fulfill({ status: 404 }));

test('a page loads its own code once, the words of one language, and nothing of other pages', async () => {
  expect(asked.sort()).toEqual(['en', 'index', 'parts', 'tasks']);
  asked.length = 0;
  await link('Scores').click();
  await heading('Scores').waitFor();
  await link('Tasks').click();
  await heading('Tasks').waitFor();
  await link('Scores').click();
  await heading('Scores').waitFor();
  expect(asked).toEqual(['scores']);
  await page.getByRole('button', { name: '切换到中文' }).click();
  await heading('积分').waitFor();
  expect(asked).toEqual(['scores', 'zh']);
});

test('scripts never change under their names, and the page that names them is asked for anew', async () => {
  const answers: [string, string | undefined][] = [];
  page.on('response', (answer) => {
    const { pathname } = new URL(answer.url());
    answers.push([pathname, answer.headers()['cache-control']]);
  });
  await page.goto(`${runner.url}/settings`);
  await heading('Settings').waitFor();
  const of = (form: RegExp) => answers.filter(([path]) => form.test(path));
  expect(of(/^\/(settings|start\.js)$/).map(([, caching]) => caching)).toEqual([
    'no-cache',
    'no-cache',
  ]);
  const assets = of(/^\/assets\//);
  expect(assets.length).toBeGreaterThan(4);
  for (const [path, caching] of assets) {
    expect(path).toMatch(/-[\w-]{8}\.(js|css)$/);
    expect(caching, path).toBe('public, max-age=31536000, immutable');
  }
});

test('until a page has come the one before stays as it is, and then the focus and the title move', async () => {
  let release = () => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  await context.route('**/assets/scores-*.js', async (route) => {
    await held;
    await route.continue();
  });
  const search = page.getByRole('searchbox');
  await search.fill('members');
  await link('Scores').click();
  await page.waitForURL(/\/scores$/);
  expect(await page.locator('main').getAttribute('aria-busy')).toBe('true');
  expect(await heading('Tasks').count()).toBe(1);
  expect(await page.title()).toBe('Tasks – Sluice');
  // A search that was being typed does not call its writer back.
  await sleep(600);
  expect(new URL(page.url()).pathname).toBe('/scores');
  release();
  await heading('Scores').waitFor();
  await title('Scores');
  expect(await focused()).toBe('main');
  expect(await page.locator('main').getAttribute('aria-busy')).toBe('false');
  expect(await link('Scores').getAttribute('aria-current')).toBe('page');
});

test('of two pages that are on their way the last one is shown', async () => {
  let release = () => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  await context.route('**/assets/scores-*.js', async (route) => {
    await held;
    await route.continue();
  });
  await link('Scores').click();
  await link('Settings').click();
  await heading('Settings').waitFor();
  const came = page.waitForResponse(/\/assets\/scores-/);
  release();
  await (await came).finished();
  await sleep(300);
  expect(await heading('Settings').count()).toBe(1);
  await title('Settings');
});

test('a new page begins at its top, and going back to one that was seen loads nothing', async () => {
  const task = { name: 'tiers', business_id: 'tiers', business_name: 'Tiers', type: 2 };
  for (let number = 0; number < 30; number += 1) {
    await runner.post('/task/add', { ...task, input: { number } });
  }
  await page.reload();
  await page.locator('li.task').nth(29).waitFor();
  await page.evaluate(() => scrollTo(0, 900));
  await link('Scores').evaluate((element: HTMLElement) => element.click());
  await heading('Scores').waitFor();
  expect(await page.evaluate(() => scrollY)).toBe(0);
  await page.goBack();
  await heading('Tasks').waitFor();
  expect(asked.filter((name) => name === 'tasks')).toHaveLength(2);
});

test('without a network people are told, and the page comes by itself when the network does', async () => {
  await context.setOffline(true);
  await link('Scores').click();
  const alert = page.getByRole('alert');
  await alert.getByText('No connection to the server.').waitFor();
  await heading('Scores').waitFor();
  expect(await focused()).toBe('main');
  await title('Scores');
  expect(await violations(page)).toEqual([]);
  const again = alert.getByRole('button', { name: 'Try again' });
  const failed = page.waitForEvent('requestfailed');
  await again.click();
  await failed;
  await alert.getByText('No connection to the server.').waitFor();
  expect(await again.evaluate((element) => element === document.activeElement)).toBe(true);
  // What was loaded before is still there.
  await link('Tasks').click();
  await heading('Tasks').waitFor();
  await link('Scores').click();
  await heading('Scores').waitFor();
  await context.setOffline(false);
  await page.getByLabel('Member number').first().waitFor();
  expect(await focused()).toBe('main');
  expect(await page.getByText('This part of the console').count()).toBe(0);
});

test('a page of an older release is reloaded with a click', async () => {
  await remove('settings');
  await link('Settings').click();
  const alert = page.getByRole('alert');
  await alert.getByText('The console may have been updated').waitFor();
  await heading('Settings').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: '切换到中文' }).click();
  await page.getByText('控制台可能已更新').waitFor();
  await context.unroute('**/assets/settings-*.js');
  await page.getByRole('button', { name: '重新加载页面' }).click();
  await page.getByLabel('时区').waitFor();
  expect(new URL(page.url()).pathname).toBe('/settings');
});

test('a language that does not come leaves the page as it is, and says so', async () => {
  await remove('zh');
  await page.getByRole('button', { name: '切换到中文' }).click();
  await page.getByRole('alert').getByText('This part of the console could not be loaded').waitFor();
  await heading('Tasks').waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  await page.reload();
  await heading('Tasks').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test.each(['index', 'en'])(
  'without the script %s the page says so in both languages',
  async (script) => {
    await remove(script);
    const fresh = await context.newPage();
    await fresh.goto(`${runner.url}/tasks?status=5`);
    await fresh.getByText('The console could not be loaded.').waitFor();
    await fresh.getByText('控制台无法加载').waitFor();
    expect(await violations(fresh)).toEqual([]);
    await context.unroute(`**/assets/${script}-*.js`);
    await fresh.getByRole('link', { name: 'Reload the page' }).click();
    await fresh.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(new URL(fresh.url()).search).toBe('?status=5');
    expect(await fresh.locator('#failed').count()).toBe(0);
  },
);

test('the browser asks before it closes a page while a file is being sent, on every page', async () => {
  await context.route('**/sluice-files/**', () => {});
  await link('Import').click();
  await choose(page, files.write('slow.csv', 'member_no,name\nS1,Ann\n'));
  await page.getByRole('button', { name: 'Start the import' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await link('Tasks').click();
  await heading('Tasks').waitFor();
  const asks = page.waitForEvent('dialog');
  void page.close({ runBeforeUnload: true });
  const dialog = await asks;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.accept();
});
