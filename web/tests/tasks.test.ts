// The list and the page of a task: live, linkable, filtered, hidden; and who sees what.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { faultsOf, open, openedTask, signedIn } from './harness/browser';
import { Runner } from './harness/runner';

let browser: Browser;
let runner: Runner;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await open();
});
afterAll(async () => {
  await browser.close();
});
beforeEach(async () => {
  runner = await Runner.start();
  context = await browser.newContext();
  page = await signedIn(context, runner);
});
afterEach(async () => {
  const faults = faultsOf(page);
  await context.close();
  await runner.stop();
  expect(faults).toEqual([]);
});

const row = (name: string) => page.locator('li.task', { hasText: name });

const post = (path: string, body: object) => runner.post(path, body);

const add = (name: string, type = 2) =>
  post('/task/add', { name, business_id: name, business_name: name, type, input: { name } });

test('an empty station says what to do', async () => {
  await page.getByText('No tasks yet').waitFor();
  await page.locator('.empty').getByRole('link', { name: 'Import' }).click();
  await page.waitForURL(/\/import$/);
});

test('tasks come and go on by themselves, newest first, and never look finished before they are', async () => {
  const first = await add('first');
  const second = await add('second', 1);
  await post('/task/start', { task_id: second.task_id });
  await row('second').getByText('Running').waitFor();
  const names = await page.locator('li.task a').allTextContents();
  expect(names).toEqual(['second', 'first']);
  // A service that says 100 has not ended yet.
  await post('/task/update', { task_id: second.task_id, progress: 100 });
  const bar = row('second').getByRole('progressbar');
  await expect.poll(() => bar.getAttribute('aria-valuenow')).toBe('99');
  await row('second').getByText('Running').waitFor();
  await post('/task/finish', { task_id: second.task_id, result: { rows: 7 } });
  await row('second').getByText('Finished').waitFor();
  await row('second').getByRole('link').click();
  await page.getByText('"rows": 7').waitFor();
  expect(await openedTask(page)).toBe(second.task_id);
  await post('/task/start', { task_id: first.task_id });
});

test('what is shown is in the address, and survives a reload', async () => {
  await add('waits');
  const done = await add('done', 1);
  await post('/task/start', { task_id: done.task_id });
  await post('/task/finish', { task_id: done.task_id, status: 5, reason: 'no such month' });
  await page.reload();
  await row('waits').waitFor();
  await page.getByLabel('Status').selectOption('Failed');
  await page.waitForURL(/status=5/);
  await expect.poll(() => page.locator('li.task').count()).toBe(1);
  await page.getByLabel('Type').selectOption('Export');
  await page.reload();
  await row('done').waitFor();
  expect(await page.getByLabel('Status').inputValue()).toBe('5');
  expect(await page.locator('li.task').count()).toBe(1);
  await page.getByLabel('Type').selectOption('Import');
  await page.getByText('No task matches').waitFor();
  await page.getByRole('link', { name: 'Show all' }).first().click();
  await row('waits').waitFor();
});

test('ended tasks are hidden, and found by their address all the same', async () => {
  await add('waits');
  const done = await add('done');
  await post('/task/start', { task_id: done.task_id });
  await post('/task/finish', { task_id: done.task_id });
  await page.reload();
  await row('done').getByText('Finished').waitFor();
  await page.getByRole('button', { name: 'Hide 1 ended task' }).click();
  await page.getByText('1 task hidden').waitFor();
  await expect.poll(() => page.locator('li.task').count()).toBe(1);
  await page.goto(`${runner.url}/tasks/${done.task_id}`);
  await page.getByText('This task is hidden from the list.').waitFor();
});

test('a task is cancelled and tried again from the list', async () => {
  const task = await add('tiers');
  await page.reload();
  await row('tiers')
    .getByRole('button', { name: /^Cancel/ })
    .click();
  await row('tiers')
    .getByRole('button', { name: /^Yes, cancel it/ })
    .click();
  await row('tiers').getByText('Failed').waitFor();
  await row('tiers')
    .getByRole('button', { name: /^Retry/ })
    .click();
  await row('tiers').getByText('Waiting').waitFor();
  const record = await runner.get(`/task/get?task_id=${task.task_id}`);
  expect(record.status).toBe(1);
});

test('what the API refuses is told in its words', async () => {
  const task = await add('tiers');
  await page.reload();
  const cancel = row('tiers').getByRole('button', { name: /^Cancel/ });
  await cancel.waitFor();
  await page.route('**/task/list*', (route) => route.abort());
  await post('/task/cancel', { task_id: task.task_id });
  await cancel.click();
  await row('tiers')
    .getByRole('button', { name: /^Yes, cancel it/ })
    .click();
  await row('tiers').getByRole('alert').getByText('has ended already').waitFor();
});

test('the list is asked for every second while something runs, rarely when nothing does, and never while hidden', async () => {
  let asked = 0;
  await page.route('**/task/list*', async (route) => {
    asked += 1;
    await route.continue();
  });
  const in_ = async (milliseconds: number) => {
    const before = asked;
    await page.waitForTimeout(milliseconds);
    return asked - before;
  };
  expect(await in_(4_000)).toBeLessThanOrEqual(1);
  const task = await add('runs');
  await page.reload();
  await row('runs').waitFor();
  const while_running = await in_(4_000);
  expect(while_running).toBeGreaterThanOrEqual(2);
  expect(while_running).toBeLessThanOrEqual(5);
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await page.waitForTimeout(500);
  expect(await in_(4_000)).toBe(0);
  await post('/task/cancel', { task_id: task.task_id });
});

test('two stations side by side see nothing of each other', async () => {
  const mine = await add('mine');
  await runner.kill();
  const other = await runner.again('other');
  const theirs = await signedIn(context, other);
  await theirs.getByText('No tasks yet').waitFor();
  await theirs.getByText('Station').first().waitFor();
  expect(await theirs.locator('.station strong').textContent()).toBe('other');
  await theirs.goto(`${other.url}/tasks/${mine.task_id}`);
  await theirs.getByText('There is no such task in this station.').waitFor();
  // The first tab is still the first station's, with its own session.
  await page.reload();
  await row('mine').waitFor();
  expect(await page.locator('.station strong').textContent()).toBe('demo');
  runner = other;
});

test('without a token it is asked for, and an old one is asked for again where one was', async () => {
  const task = await add('mine');
  const fresh = await context.newPage();
  await fresh.goto(`${runner.url}/tasks/${task.task_id}`);
  await fresh.getByLabel('Access token').fill('nonsense');
  await fresh.getByRole('button', { name: 'Sign in' }).click();
  await fresh.getByText('This is no token with a station').waitFor();
  const wrong = `${runner.token.slice(0, -3)}abc`;
  await fresh.getByLabel('Access token').fill(wrong);
  await fresh.getByRole('button', { name: 'Sign in' }).click();
  await fresh.getByText('Sign in again: what you were doing goes on.').waitFor();
  await fresh.getByLabel('Access token').fill(runner.token);
  await fresh.getByRole('button', { name: 'Sign in' }).click();
  await fresh.getByRole('heading', { name: 'mine' }).waitFor();
  expect(new URL(fresh.url()).pathname).toBe(`/tasks/${task.task_id}`);
  // The token is not left in the address.
  expect(page.url()).not.toContain('token');
});

test('a server that is away is told, and the page goes on when it is back', async () => {
  await add('mine');
  await page.reload();
  await row('mine').waitFor();
  await runner.kill();
  await page.getByText('No connection to the server.').waitFor();
  runner = await runner.again();
  await page.getByText('No connection to the server.').waitFor({ state: 'detached' });
  await row('mine').waitFor();
});
