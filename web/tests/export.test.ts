// Exporting, in a real browser against the real system: from the form to the file.

import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ended, faultsOf, open, openedTask, signedIn } from './harness/browser';
import { Runner } from './harness/runner';

let browser: Browser;
let runner: Runner;
let context: BrowserContext;
let page: Page;

const MEMBERS = `member_no,name,email,tier,points,birthday
M1,Ann,ann@example.com,gold,10,1990-01-31
M2,Bo,,silver,5,
M3,Cy,,gold,5000,2001-12-24
`;

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
  await imported('members.csv', MEMBERS);
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
});
beforeEach(async () => {
  context = await browser.newContext({ acceptDownloads: true, locale: 'en-GB' });
  page = await signedIn(context, runner);
  await page.getByRole('navigation').getByRole('link', { name: 'Export' }).click();
  await page.locator('form').waitFor();
});
afterEach(async () => {
  const faults = faultsOf(page);
  await context.close();
  expect(faults).toEqual([]);
});

async function imported(name: string, text: string): Promise<void> {
  const body = { business: 'member_import', file_name: name, size_bytes: Buffer.byteLength(text) };
  const begun = await runner.post('/upload', { ...body, options: {} });
  const headers = { 'if-none-match': '*' };
  await fetch(begun.upload.url, { method: 'PUT', headers, body: text });
  await vi.waitFor(
    async () => {
      const task = await runner.get(`/task/get?task_id=${begun.task_id}`);
      expect(task.status).toBe(3);
    },
    { timeout: 30_000, interval: 200 },
  );
}

const button = (name: string) => page.locator('main').getByRole('button', { name, exact: true });
const add = async (column: string) => {
  await button('Add a condition').click();
  await page.getByLabel('Column of the condition').last().selectOption(column);
};

async function downloaded(): Promise<{ name: string; lines: string[] }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the file' }).click(),
  ]);
  const text = readFileSync(await download.path(), 'utf8').replace('\ufeff', '');
  return { name: download.suggestedFilename(), lines: text.trim().split(/\r?\n/) };
}

test('rows that meet conditions are exported, and the file has them', async () => {
  expect(await page.getByLabel('What do you want to export?').inputValue()).toBe('member_import');
  await page.getByText('11 of 11 columns chosen').waitFor();
  await button('None').click();
  for (const name of ['member_no', 'name', 'points']) {
    await page.locator('.tick', { hasText: name }).getByRole('checkbox').first().check();
  }
  await add('Balance');
  await page.getByLabel('from (Balance)').fill('6');
  await add('Level');
  await page.getByLabel('Value (Level)').selectOption('gold');
  await add('Date of Birth');
  await page.getByLabel('to (Date of Birth)').fill('2000-01-01');
  await button('Export').click();
  const taskId = await openedTask(page);
  await page.getByRole('heading', { name: 'Export: Members' }).waitFor();
  await ended(page, 'Finished');
  const { name, lines } = await downloaded();
  expect(name).toMatch(/^member_import-\d{8}-\d{6}\.csv$/);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe('member_no,name,points,sluice_exported_at');
  expect(lines[1]).toMatch(/^M1,Ann,10,/);

  // What was asked for, what came of it, and nothing of imports.
  await page.getByText('Level: gold').waitFor();
  await page.getByText('Balance: from 6').waitFor();
  await page.getByText('Date of Birth: up to 2000-01-01').waitFor();
  await page.getByText('Full Name (name)').waitFor();
  const { result } = await runner.get(`/task/get?task_id=${taskId}`);
  await page.getByText(result.crc64nvme).waitFor();
  const main = (await page.locator('main').textContent()) ?? '';
  expect(main).not.toMatch(/imported|failed|duplicate|skipped|estimate/i);

  await page.getByRole('navigation').getByRole('link', { name: 'Tasks' }).click();
  const row = page.locator('li.task', { hasText: 'Export: Members' }).first();
  await row.getByText('Exported 1').waitFor();
  await row.getByText('CSV · Date of Birth: up to 2000-01-01 and 2 more').waitFor();
});

test('rows without a value are exported as a workbook', async () => {
  await page.getByLabel('Format').selectOption('Excel workbook (.xlsx)');
  await add('Date of Birth');
  await page.getByLabel('Condition (Date of Birth)').selectOption('has no value');
  await button('Export').click();
  const taskId = await openedTask(page);
  await ended(page, 'Finished');
  await page.getByText('Date of Birth: no value').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the file' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/\.xlsx$/);
  expect(
    readFileSync(await download.path())
      .subarray(0, 2)
      .toString(),
  ).toBe('PK');
  const task = await runner.get(`/task/get?task_id=${taskId}`);
  expect(task.result.rows).toBe(1);
});

test('what is not filled in is pointed at, and what the API refuses is shown beside the form', async () => {
  await add('Balance');
  await button('Export').click();
  await page.getByText('A condition has no value yet.').waitFor();
  expect(await page.getByLabel('from (Balance)').getAttribute('aria-invalid')).toBe('true');
  await page.getByLabel('from (Balance)').fill('many');
  await button('Export').click();
  await page.getByRole('alert').getByText('must be a whole number').waitFor();
  // What was chosen is still there, and the words go when it is put right.
  await page.getByLabel('from (Balance)').fill('1');
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await button('Remove the condition on Balance').click();
  await button('None').click();
  await button('Export').click();
  await page.getByText('Choose at least one column.').waitFor();
  await page.getByLabel('What do you want to export?').selectOption('Points adjustments');
  await page.waitForURL(/business=points_adjustment/);
  await button('Export').click();
  await page.getByRole('alert').getByText('stored in no table').waitFor();
});

test('in Chinese, a refusal is said in Chinese', async () => {
  await page.getByRole('button', { name: '切换到中文' }).click();
  await page.getByRole('heading', { name: '导出' }).waitFor();
  await button('添加条件').click();
  await page.getByLabel('条件所在的列').selectOption('积分');
  await page.getByLabel('从 (积分)').fill('9');
  await page.getByLabel('到 (积分)').fill('1');
  await button('导出').click();
  await page.getByRole('alert').getByText('积分 (points)的条件：起始值不能大于结束值').waitFor();
});

test('who may not see sensitive columns does not ask for them, and is told when he does', async () => {
  // A token that says less of itself: whether it is valid is asked of nobody here.
  const [head, payload, tail] = runner.token.split('.');
  const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
  claims.scope = 'task:read task:write';
  const less = Buffer.from(JSON.stringify(claims)).toString('base64url');
  await page.evaluate(
    (token) => sessionStorage.setItem('sluice.token', token),
    `${head}.${less}.${tail}`,
  );
  const answer = (route: Route) => {
    const headers = { ...route.request().headers(), authorization: `Bearer ${runner.token}` };
    return route.continue({ headers });
  };
  await context.route(/\/(import|task)\/\w+/, answer);
  let asked = { columns: [] as string[] };
  await context.route(/\/export$/, async (route) => {
    asked = route.request().postDataJSON();
    const msg = '`phone` is sensitive: it is exported for callers with the scope data:export';
    await route.fulfill({ status: 403, json: { code: 40301, msg, data: null } });
  });
  await page.goto(`${runner.url}/tasks`);
  await page.getByRole('navigation').getByRole('link', { name: 'Export' }).click();
  await page.getByText('9 of 11 columns chosen').waitFor();
  await page.getByText('Sensitive columns are left out').waitFor();
  await page.locator('.tick', { hasText: 'phone' }).getByRole('checkbox').check();
  await button('Export').click();
  await page.getByRole('alert').getByText('`phone` is sensitive').waitFor();
  expect(asked.columns).toContain('phone');
  expect(asked.columns).not.toContain('email');
});

test('the form outlives a look at another page, and an export is begun with the keyboard alone', async () => {
  await button('Add a condition').click();
  await page.getByLabel('Column of the condition').waitFor();
  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
  expect(await focused()).toBe('Column of the condition');
  await page.getByLabel('Value (Member No)').fill('M2');
  await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  await page.goBack();
  expect(await page.getByLabel('Value (Member No)').inputValue()).toBe('M2');
  await page.getByLabel('Value (Member No)').focus();
  await page.keyboard.press('Enter');
  const taskId = await openedTask(page);
  await ended(page, 'Finished');
  expect((await runner.get(`/task/get?task_id=${taskId}`)).result.rows).toBe(1);
});

test('an export that is cancelled has no file and says so', async () => {
  const { task_id } = await runner.post('/export', { business: 'member_import' });
  let change: object = {
    status: 2,
    progress: 15,
    actions: ['cancel'],
    result: null,
    end_time: null,
  };
  await page.route(/\/task\/get/, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    const chunks = { total: 64, done: 10 };
    await route.fulfill({ json: { ...body, data: { ...body.data, chunks, ...change } } });
  });
  await page.goto(`${runner.url}/tasks/${task_id}`);
  await page.getByText('10 of 64').waitFor();
  await page.getByRole('button', { name: /^Cancel/ }).click();
  await page.getByText('Cancel this export? There will be no file.').waitFor();
  change = { status: 5, reason: 'cancelled', actions: ['retry', 'hide'], result: null };
  await ended(page, 'Cancelled');
  expect(await page.getByRole('link', { name: 'Download the file' }).count()).toBe(0);
  expect(await page.getByText('Exported').count()).toBe(0);
});

test('where no row is found, the page says so and the file has a header', async () => {
  const filter = { member_no: 'M9' };
  const begun = await runner.post('/export', { business: 'member_import', filter });
  await page.goto(`${runner.url}/tasks/${begun.task_id}`);
  await ended(page, 'Finished');
  await page.getByText('No row was found. The file has a header only.').waitFor();
  expect((await downloaded()).lines).toHaveLength(1);
});
