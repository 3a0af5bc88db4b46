// Importing, in a real browser against the real system: what people do, and what must not happen.

import { readFileSync } from 'node:fs';
import type { Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { card, choose, ended, openedTask, signedIn } from './harness/browser';
import { context, files, onImportPage, page, runner } from './harness/import_page';

onImportPage('each');

const button = (name: string, within = page.locator('main')) =>
  within.getByRole('button', { name, exact: true });

test('a good file is previewed, estimated, imported, and its task says so', async () => {
  const path = files.members('good.csv', 500);
  await choose(page, path);
  const file = card(page, 'good.csv');
  await file.getByText('10 columns matched').waitFor();
  await file.getByText(/about [\d,]+ rows, /).waitFor();
  await file.getByRole('cell', { name: 'M233981640' }).waitFor();
  await button('Start the import', file).click();
  const taskId = await openedTask(page);
  await ended(page, 'Finished');
  const task = await runner.get(`/task/get?task_id=${taskId}`);
  expect(task.rows).toMatchObject({ read: 500, succeeded: 500 });
  await page.getByText('Estimate and actual').waitFor();
  await page.locator('summary', { hasText: 'History' }).click();
  const events = page.locator('.events li');
  await events.nth(2).waitFor();
  expect(await events.allTextContents()).toEqual([
    expect.stringMatching(/Added by development$/),
    expect.stringMatching(/Started$/),
    expect.stringMatching(/Ended$/),
  ]);
  await page.locator('summary', { hasText: 'Where the time went' }).click();
  const checked = page.locator('.stages tr', { hasText: 'Checking rows' });
  expect(await checked.locator('td').first().textContent()).toBe('500');
});

test('a bad file shows its problems, is corrected, and continues the same import', async () => {
  const bad = 'member_no,name,email,points\nM1,Ann,ann@example.com,10\nM2,Bo,nonsense,5\nM3,,,1\n';
  await choose(page, files.write('bad.csv', bad));
  await button('Start the import', card(page, 'bad.csv')).click();
  const taskId = await openedTask(page);
  await ended(page, 'Partly imported');
  await page.getByRole('rowheader', { name: /^email .*not an e-mail address$/ }).waitFor();
  await page.getByRole('cell', { name: 'nonsense' }).or(page.getByText('***').first()).waitFor();
  await page.getByRole('searchbox').fill('missing');
  await page.getByText('searched in the first 2 rows').waitFor();
  expect(await page.locator('.rows tbody tr').count()).toBe(1);

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the failed rows' }).click(),
  ]);
  const failed = readFileSync(await download.path(), 'utf8');
  const corrected = failed.replace('nonsense', 'bo@example.com').replace('M3,,', 'M3,Cy,');
  await page.getByRole('link', { name: 'Upload the corrected rows' }).click();
  await choose(page, files.write('corrected.csv', corrected));
  await card(page, 'corrected.csv').getByText(`continues the import of task ${taskId}`).waitFor();
  await button('Start the import', card(page, 'corrected.csv')).click();
  await openedTask(page);
  await ended(page, 'Finished');
  await page.getByRole('link', { name: `Continues the import of task ${taskId}` }).click();
  await page.waitForURL(new RegExp(`/tasks/${taskId}$`));
  const task = await runner.get(`/task/get?task_id=${taskId}`);
  expect(task.combined_rows).toMatchObject({ read: 3, succeeded: 3, failed: 0 });
});

test('a second click, a second tab and a reload start no second import', async () => {
  const path = files.members('once.csv', 2000);
  await choose(page, path);
  const start = button('Start the import', card(page, 'once.csv'));
  // As fast as a browser can: both before the first answer.
  await start.evaluate((element: HTMLButtonElement) => {
    element.click();
    element.click();
  });
  const taskId = await openedTask(page);
  const other = await signedIn(context, runner, '/import');
  await choose(other, path);
  await card(other, 'once.csv').getByRole('button', { name: 'Start the import' }).click();
  await other.getByText('This file was sent before with the same choices.').waitFor();
  await page.goto(`${runner.url}/import`);
  await choose(page, path);
  await button('Start the import', card(page, 'once.csv')).click();
  await page.getByText('This file was sent before').waitFor();
  const { tasks } = await runner.get('/task/list');
  expect(tasks.map((task: { task_id: number }) => task.task_id)).toEqual([taskId]);
});

test('a dry run tells what would happen and imports nothing', async () => {
  const text = 'member_no,name,points\nM1,Ann,10\nM2,Bo,many\n';
  await choose(page, files.write('dry.csv', text));
  const file = card(page, 'dry.csv');
  await button('Check without importing', file).click();
  await file.getByText('1 of 2 rows would not be imported.').waitFor();
  await file.getByText('Good').waitFor();
  await button('Start the import', file).click();
  await openedTask(page);
  await ended(page, 'Partly imported');
  const { tasks } = await runner.get('/task/list');
  expect(tasks).toHaveLength(2);
  expect(tasks[1].result.dry_run).toBe(true);
});

test('columns that are not found are chosen by hand', async () => {
  await choose(page, files.write('german.csv', 'Karte;Kunde;Punkte\nM1;Ann;10\n'));
  const file = card(page, 'german.csv');
  await file.getByText('Choose the field for: Member No (member_no), Full Name (name)').waitFor();
  expect(await button('Start the import', file).isDisabled()).toBe(true);
  await file.getByLabel('Delimiter').selectOption(';');
  await file.getByLabel(/ member_no /).selectOption({ label: 'Karte' });
  await file.getByLabel(/ name /).selectOption({ label: 'Kunde' });
  await file.getByLabel(/ points /).selectOption({ label: 'Punkte' });
  await file.getByText('3 columns matched').waitFor();
  await button('Start the import', file).click();
  const taskId = await openedTask(page);
  await ended(page, 'Finished');
  const task = await runner.get(`/task/get?task_id=${taskId}`);
  expect(task.rows.succeeded).toBe(1);
  expect(task.input.options.mapping).toMatchObject({ member_no: 'Karte', points: 'Punkte' });
});

test('several files are started together, and files of Chinese and Excel are read', async () => {
  const data = '../tests/data/files';
  await choose(
    page,
    `${data}/gbk_chinese_headers.csv`,
    `${data}/excel_unicode_text.txt`,
    `${data}/merged_titles_and_a_formula.xlsx`,
  );
  const detected = (name: string, encoding: string) =>
    card(page, name)
      .getByRole('option', { name: `Detected: ${encoding}`, includeHidden: true })
      .waitFor({ state: 'attached' });
  await detected('gbk_chinese_headers.csv', 'GB18030');
  await detected('excel_unicode_text.txt', 'UTF-16LE');
  await button('Start all 3').click();
  const ended = async () => {
    const { tasks, finish } = await runner.get('/task/list');
    return finish && tasks.length === 3;
  };
  await expect.poll(ended, { timeout: 60_000 }).toBe(true);
  const { tasks } = await runner.get('/task/list');
  const statuses = tasks.map((task: { input: { file_name: string }; status: number }) => [
    task.input.file_name,
    task.status,
  ]);
  // The two text files have the same rows: which of them comes first has them.
  expect(Object.fromEntries(statuses)['merged_titles_and_a_formula.xlsx']).toBe(4);
});

test('the example file is one that is imported', async () => {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    button('Download an example file').click(),
  ]);
  expect(download.suggestedFilename()).toBe('member_import_example.csv');
  const text = readFileSync(await download.path(), 'utf8');
  await choose(page, files.write('example.csv', text));
  await button('Start the import', card(page, 'example.csv')).click();
  await openedTask(page);
  await ended(page, 'Finished');
});

test.each([
  ['was lost', (route: Route) => route.abort('connectionreset')],
  ['says that the file is there', (route: Route) => route.fulfill({ status: 412 })],
])('a file whose answer %s is sent once and imported once', async (_, answer) => {
  let sent = 0;
  const file = files.members('once.csv', 30);
  await page.route(/X-Amz-Signature=/, async (route) => {
    if (route.request().method() !== 'PUT') return route.continue();
    sent += 1;
    // The browser tells nobody the bytes of a file that it sends.
    if (sent === 1) {
      const stored = await fetch(route.request().url(), {
        method: 'PUT',
        headers: { 'if-none-match': '*' },
        body: readFileSync(file),
      });
      expect(stored.status).toBe(200);
    }
    return answer(route);
  });
  await choose(page, file);
  await button('Start the import', card(page, 'once.csv')).click();
  const taskId = await openedTask(page);
  await ended(page, 'Finished');
  expect(sent).toBe(1);
  const { tasks } = await runner.get('/task/list');
  expect(tasks.map((task: { task_id: number }) => task.task_id)).toEqual([taskId]);
});

test('a file that the API refuses says why, and nothing spins on', async () => {
  await page.route('**/upload', (route) =>
    route.fulfill({
      status: 413,
      contentType: 'application/json',
      body: JSON.stringify({ code: 41301, msg: 'size_bytes: at most 5', data: null }),
    }),
  );
  await choose(page, files.write('large.csv', 'member_no,name\nM1,Ann\n'));
  const file = card(page, 'large.csv');
  await button('Start the import', file).click();
  await file.getByRole('alert').getByText('size_bytes: at most 5').waitFor();
  expect(await file.getByRole('progressbar').count()).toBe(0);
  expect(await button('Start the import', file).isEnabled()).toBe(true);
});
