// Large files: parts, pauses, a reload in the middle, a lost network, and cancelling.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { choose, ended, faultsOf, open, openedTask, signedIn } from './harness/browser';
import { Files } from './harness/files';
import { Runner } from './harness/runner';

/** Over 100 MiB, from where files go in parts of 16 MiB; few rows, as it is the upload that is tested. */
const ROWS = 40_000;
const PARTS = 7;
const NOTE = 'A column that is not imported. '.repeat(87);

let browser: Browser;
let runner: Runner;
let context: BrowserContext;
let page: Page;
const files = new Files();
let huge: string;
/** Enough rows for somebody to cancel them. */
let many: string;

beforeAll(async () => {
  const rows = Array.from({ length: ROWS }, (_, row) => `M${row},Ann ${row},${NOTE}\n`);
  huge = files.write('huge.csv', `member_no,name,remarks\n${rows.join('')}`);
  many = files.members('many.csv', 300_000);
  browser = await open();
});
afterAll(async () => {
  await browser.close();
  files.remove();
});
beforeEach(async () => {
  runner = await Runner.start();
  context = await browser.newContext();
  page = await signedIn(context, runner, '/import');
});
afterEach(async () => {
  const faults = faultsOf(page);
  await context.close();
  await runner.stop();
  expect(faults).toEqual([]);
});

const button = (name: string) => page.getByRole('button', { name, exact: true });

/**
 * Lets so many parts through and holds the others; counts what was sent. It stays until a newer one
 * takes its place: were it taken away while the page is open, the parts it holds back would follow.
 */
async function gate(letThrough: number) {
  const sent: number[] = [];
  let left = letThrough;
  let isOpen = false;
  await page.route(/partNumber=/, async (route) => {
    const part = Number(new URL(route.request().url()).searchParams.get('partNumber'));
    if (!isOpen && left <= 0) {
      // It never comes: the page is closed, or the upload paused, first.
      return;
    }
    left -= 1;
    sent.push(part);
    await route.continue();
  });
  return {
    sent,
    open: () => {
      isOpen = true;
    },
  };
}

/** How many parts the browser has noted as sent. */
const notedParts = () =>
  page.evaluate(
    () =>
      new Promise<number>((done, fail) => {
        const opening = indexedDB.open('sluice', 1);
        opening.onerror = () => fail(opening.error);
        opening.onsuccess = () => {
          const all = opening.result.transaction('uploads').objectStore('uploads').getAll();
          all.onerror = () => fail(all.error);
          all.onsuccess = () => done(all.result[0]?.sent.length ?? 0);
        };
      }),
  );

test('a huge file is sent in parts, goes on after a reload with the parts that lack, and shows 100% at its end only', async () => {
  const before = await gate(3);
  await choose(page, huge);
  await button('Start the import').click();
  await expect.poll(notedParts, { timeout: 60_000 }).toBe(3);
  expect(before.sent).toHaveLength(3);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(`${runner.url}/import`);

  const after = await gate(PARTS);
  await page.getByText('Uploads that were interrupted').waitFor();
  await page.getByText(/^50 MB of 10\d MB sent$/).waitFor();
  const again = page.locator('.unfinished input[type=file]');
  await again.setInputFiles(files.write('other.csv', 'member_no,name\nM1,Ann\n'));
  await page.getByText('This is another file').waitFor();
  await again.setInputFiles(huge);
  const taskId = await openedTask(page);
  expect([...before.sent, ...after.sent].sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);

  // What the page shows from now on, as often as it changes.
  await page.evaluate(() => {
    const seen: [string, string][] = [];
    Object.assign(window, { seen });
    const look = () => {
      const bar = document.querySelector('main [role=progressbar]');
      const badge = document.querySelector('main .badge');
      seen.push([badge?.textContent ?? '', bar?.getAttribute('aria-valuenow') ?? '']);
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
  });
  await page.getByText('Why is it not done?').click();
  await page
    .getByText(/parts? of the file not finished|The file is being read/)
    .first()
    .waitFor();
  await ended(page, 'Finished', 300_000);
  const seen = await page.evaluate(() => (window as unknown as { seen: [string, string][] }).seen);
  const early = seen.filter(([badge, percent]) => badge !== 'Finished' && percent === '100');
  expect(early).toEqual([]);
  const percents = seen.map(([, percent]) => Number(percent || 0));
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  const task = await runner.get(`/task/get?task_id=${taskId}`);
  expect(task.rows).toMatchObject({ read: ROWS, succeeded: ROWS });
  const { tasks } = await runner.get('/task/list');
  expect(tasks).toHaveLength(1);
  expect(await page.locator('svg.plot').getAttribute('aria-label')).toMatch(/^40,000 rows in /);
}, 480_000);

/** Has two parts of the huge file sent, leaves the page, and makes the ticket older than it is good for. */
async function interruptedAnHourAgo() {
  const parts = await gate(2);
  await choose(page, huge);
  await button('Start the import').click();
  await expect.poll(notedParts, { timeout: 60_000 }).toBe(2);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(`${runner.url}/tasks`);
  await page.evaluate(
    () =>
      new Promise<void>((done) => {
        indexedDB.open('sluice', 1).onsuccess = (event) => {
          const { result } = event.target as IDBOpenDBRequest;
          const store = result.transaction('uploads', 'readwrite').objectStore('uploads');
          store.getAll().onsuccess = (read) => {
            const [entry] = (read.target as IDBRequest<{ ticketAt: number }[]>).result;
            store.put({ ...entry, ticketAt: Date.now() - 3_600_000 }).onsuccess = () => done();
          };
        };
      }),
  );
  return parts;
}

/** Asserts that there is one task, whose page is open. */
async function isOneTask() {
  const taskId = await openedTask(page);
  const { tasks } = await runner.get('/task/list');
  expect(tasks.map((task: { task_id: number }) => task.task_id)).toEqual([taskId]);
}

test('an upload whose ticket is too old goes on with the parts that lack', async () => {
  const before = await interruptedAnHourAgo();
  const after = await gate(PARTS);
  await page.goto(`${runner.url}/import`);
  await page.getByText(/^34 MB of 10\d MB sent$/).waitFor();
  await page.locator('.unfinished input[type=file]').setInputFiles(huge);
  await isOneTask();
  expect(before.sent).toHaveLength(2);
  expect([...before.sent, ...after.sent].sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('a ticket that grows old while parts are on their way costs none of them', async () => {
  const sent: number[] = [];
  const holds = new Map<number, () => void>();
  await page.route(/partNumber=/, async (route) => {
    const part = Number(new URL(route.request().url()).searchParams.get('partNumber'));
    sent.push(part);
    if (sent.length <= 3) await new Promise<void>((go) => holds.set(part, go));
    await route.continue();
  });
  await choose(page, huge);
  await button('Start the import').click();
  await expect.poll(() => holds.size, { timeout: 60_000 }).toBe(3);
  await page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 3_600_000;
  });
  holds.get(1)?.();
  await expect.poll(notedParts, { timeout: 60_000 }).toBe(1);
  await page.waitForTimeout(1_000);
  holds.get(2)?.();
  holds.get(3)?.();
  await isOneTask();
  expect(sent.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('an upload whose parts S3 has forgotten begins again, says so, and stays one task', async () => {
  await interruptedAnHourAgo();
  let forgotten: string | null = null;
  const sent: string[] = [];
  await page.route(/partNumber=/, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    forgotten ??= query.get('uploadId');
    if (query.get('uploadId') === forgotten) return route.fulfill({ status: 404 });
    sent.push(query.get('partNumber') ?? '');
    return route.continue();
  });
  await page.goto(`${runner.url}/import`);
  await page.locator('.unfinished input[type=file]').setInputFiles(huge);
  await page.getByText('It is sent from its beginning').waitFor();
  await isOneTask();
  expect(sent.sort()).toEqual(['1', '2', '3', '4', '5', '6', '7']);
});

test('an upload pauses and resumes without sending a part twice', async () => {
  const parts = await gate(2);
  await choose(page, huge);
  await button('Start the import').click();
  await expect.poll(notedParts, { timeout: 60_000 }).toBe(2);
  await button('Pause').click();
  await page.getByText(/^Paused: /).waitFor();
  parts.open();
  await button('Resume').click();
  await openedTask(page);
  expect(parts.sent.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('an upload outlives a lost network, and says so meanwhile', async () => {
  let isAway = true;
  await page.route(/partNumber=/, async (route) => {
    if (isAway) await route.abort('internetdisconnected');
    else await route.continue();
  });
  await choose(page, huge);
  await button('Start the import').click();
  await page.getByText('No connection: it goes on by itself').waitFor();
  isAway = false;
  await openedTask(page);
  await page.getByText('Running').first().waitFor({ timeout: 60_000 });
});

test('a running import is cancelled, after a question, and what was imported is counted', async () => {
  await choose(page, many);
  await button('Start the import').click();
  const taskId = await openedTask(page);
  await expect
    .poll(async () => (await runner.get(`/task/get?task_id=${taskId}`)).rows.read, {
      timeout: 100_000,
    })
    .toBeGreaterThan(0);
  await page.getByRole('button', { name: /^Cancel/ }).click();
  await page.getByRole('button', { name: /^No, go on/ }).click();
  await page.getByRole('button', { name: /^Cancel/ }).click();
  await page.getByRole('button', { name: /^Yes, cancel it/ }).click();
  await ended(page, 'Cancelled', 120_000);
  await page
    .getByText(/cancelled/)
    .first()
    .waitFor();
  const task = await runner.get(`/task/get?task_id=${taskId}`);
  expect(task.rows.read).toBeLessThan(300_000);
}, 240_000);
