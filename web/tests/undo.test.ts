// Undoing an import, in a real browser against the real system: counted first, then done.

import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { faultsOf, open, signedIn } from './harness/browser';
import { Runner } from './harness/runner';

let browser: Browser;
let runner: Runner;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
});
beforeEach(async () => {
  context = await browser.newContext({ acceptDownloads: true, locale: 'en-GB' });
  page = await signedIn(context, runner);
});
afterEach(async () => {
  const faults = faultsOf(page);
  await context.close();
  expect(faults).toEqual([]);
});

/** Imports a file of members. The id of its task. */
async function imported(name: string, text: string, options = {}): Promise<number> {
  const body = { business: 'member_import', file_name: name, size_bytes: Buffer.byteLength(text) };
  const begun = await runner.post('/upload', { ...body, options });
  const headers = { 'if-none-match': '*' };
  await fetch(begun.upload.url, { method: 'PUT', headers, body: text });
  await vi.waitFor(
    async () => {
      const task = await runner.get(`/task/get?task_id=${begun.task_id}`);
      expect(task.status).toBe(3);
    },
    { timeout: 30_000, interval: 200 },
  );
  return begun.task_id;
}

const button = (name: RegExp) => page.locator('main').getByRole('button', { name });
const tile = (name: string) => page.locator('ul.tiles li', { hasText: name }).locator('strong');

test('an undo is counted, done, and told on both tasks', async () => {
  const id = await imported('wrong.csv', 'member_no,name\nU1,Ann\nU2,Bo\nU3,Cy\n');
  const options = { on_duplicate: 'overwrite', undoable: true };
  await imported('later.csv', 'member_no,name\nU3,Cyd\n', options);

  await page.goto(`${runner.url}/tasks/${id}`);
  await button(/^What would an undo do/).click();
  await page.getByText('This was a count only: nothing was changed.').waitFor();
  await page.getByRole('heading', { name: 'Undo of wrong.csv, counted only' }).waitFor();
  expect(await tile('Would be deleted').textContent()).toBe('2');
  expect(await tile('Would be kept').textContent()).toBe('1');

  await page.getByRole('link', { name: `Undoes the import of task ${id}` }).click();
  await button(/^Undo the import/).click();
  // Nothing happens to whoever thinks better of it.
  await button(/^No, leave it/).click();
  await button(/^Undo the import/).click();
  await button(/^Yes, undo it/).click();
  await page.getByRole('heading', { name: 'Undo of wrong.csv', exact: true }).waitFor();
  await page.getByText('1 of 3 rows was changed since').waitFor();
  expect(await tile('Deleted').textContent()).toBe('2');
  expect(await tile('Kept').textContent()).toBe('1');
  await page.getByRole('heading', { name: 'Estimate and actual' }).waitFor();
  await page.getByText('E-mails that were sent because of the import').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the kept rows' }).click(),
  ]);
  const kept = readFileSync(await download.path(), 'utf8');
  expect(kept).toContain('U3');

  await page.getByRole('link', { name: `Undoes the import of task ${id}` }).click();
  await page.getByText('This import was undone.').waitFor();
  await page.getByText('Undone', { exact: true }).first().waitFor();
  expect(await button(/^Undo the import/).count()).toBe(0);
});

test('what cannot be undone any more is told in words', async () => {
  const id = await imported('twice.csv', 'member_no,name\nV1,Ann\n');
  await page.goto(`${runner.url}/tasks/${id}`);
  await button(/^Undo the import/).waitFor();
  await page.route('**/task/get*', (route) => route.abort());
  const undo = await runner.post('/task/undo', { task_id: id });
  await button(/^Undo the import/).click();
  await button(/^Yes, undo it/).click();
  const words = page.getByRole('alert').getByText(`by task ${undo.task_id}`);
  await words.waitFor();
});
