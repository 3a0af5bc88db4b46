// The console as people meet it who see it for the first time: their files, and what it asks them.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { card, choose, ended, openedTask } from './harness/browser';
import { context, files, onImportPage, page, runner, start } from './harness/import_page';

onImportPage('each');

const button = (name: string | RegExp, within = page.locator('main')) =>
  within.getByRole('button', { name, exact: true });

test('a file without a header is asked about, and imported with two clicks more', async () => {
  const text = 'M1,Ann Lee,ann@example.com\nM2,Bo,bo@example.com\n';
  await choose(page, files.write('plain.csv', text));
  const file = card(page, 'plain.csv');
  await file.getByText('Row 1 looks like data and not like a header.').waitFor();
  await button('This file has no header', file).click();
  await file.getByText('These fields have values that fit columns.').waitFor();
  expect(await start('plain.csv').isDisabled()).toBe(true);
  await button('These are right', file).click();
  await file.getByText('3 columns matched').waitFor();
  await start('plain.csv').click();
  const taskId = await openedTask(page);
  await ended(page, 'Finished');
  const task = await runner.get(`/task/get?task_id=${taskId}`);
  expect(task.rows.succeeded).toBe(2);
  expect(task.input.options.mapping).toEqual({ member_no: 'A', name: 'B', email: 'C' });
});

test('similar names are chosen beforehand, with a sample, and count when they are confirmed', async () => {
  const text = 'Membr No,Name,Telephone\nM1,Ann,13812345678\n';
  await choose(page, files.write('typos.csv', text));
  const file = card(page, 'typos.csv');
  const phone = file.getByLabel(/ phone /);
  await expect.poll(() => phone.inputValue()).toBe('2');
  await file.locator('.pair', { hasText: 'phone number' }).getByText('e.g. 13812345678').waitFor();
  expect(await start('typos.csv').isDisabled()).toBe(true);
  await file.getByText('Check the suggested columns above first.').waitFor();
  await button('These are right', file).click();
  await start('typos.csv').click();
  const taskId = await openedTask(page);
  await ended(page, 'Finished');
  const task = await runner.get(`/task/get?task_id=${taskId}`);
  expect(task.input.options.mapping).toEqual({ member_no: 'Membr No', phone: 'Telephone' });
});

test('the same file with other options is asked about first, and imported anyway in one click', async () => {
  const path = files.write('twice.csv', 'member_no,name\nM1,Ann\n');
  await choose(page, path);
  await start('twice.csv').click();
  const first = await openedTask(page);
  await ended(page, 'Finished');
  await page.goto(`${runner.url}/import`);
  await choose(page, path);
  const file = card(page, 'twice.csv');
  await file.getByText('More options').click();
  await file.getByLabel('Existing rows').selectOption('skip');
  await start('twice.csv').click();
  await file.getByText('A file of this name and size was imported before.').waitFor();
  await file.getByText(`as task ${first}`).waitFor();
  expect((await runner.get('/task/list')).tasks).toHaveLength(1);
  await button('Import anyway', file).click();
  await openedTask(page);
  await ended(page, 'Finished');
});

test('the same file under another name is explained, and imported anyway without being sent again', async () => {
  const text = 'member_no,name\nM1,Ann\n';
  await choose(page, files.write('one.csv', text));
  await start('one.csv').click();
  await openedTask(page);
  await ended(page, 'Finished');
  await page.goto(`${runner.url}/import`);
  await choose(page, files.write('another.csv', text));
  await start('another.csv').click();
  await openedTask(page);
  await ended(page, 'Imported before');
  expect(await page.getByText('repeat: true').count()).toBe(0);
  await button('Import anyway').click();
  await ended(page, 'Nothing imported');
  expect((await runner.get('/task/list')).tasks).toHaveLength(2);
});

test('a check never says imported, and its task offers nothing to correct', async () => {
  await choose(page, files.write('dry.csv', 'member_no,name\nM1,Ann\n?,Bo\n'));
  await button('Check without importing', card(page, 'dry.csv')).click();
  await card(page, 'dry.csv').getByText('Checked: problems found').waitFor();
  await card(page, 'dry.csv').getByRole('link', { name: 'See the task' }).click();
  await ended(page, 'Checked: problems found');
  expect(
    await page
      .locator('main')
      .getByText(/Partly imported/)
      .count(),
  ).toBe(0);
  expect(await button(/^Retry/).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Upload the corrected rows' }).count()).toBe(0);
});

test('an import that was corrected to its last row is green, and has nothing left to do', async () => {
  await choose(page, files.write('名单.csv', '会员号,姓名\nM1,Ann\n?,Bo\n'));
  await start('名单.csv').click();
  const taskId = await openedTask(page);
  await ended(page, 'Partly imported');
  expect(await button(/^Retry/).count()).toBe(0);
  // The fields are the file's own, in its order, and the one at fault is marked.
  const values = page.locator('td.values .value');
  expect(await values.allTextContents()).toEqual(['会员号 ?', '姓名 Bo']);
  expect(await page.locator('.value.fault').allTextContents()).toEqual(['会员号 ?']);
  await page.getByText('must look like M10001').first().waitFor();
  expect(await page.locator('main').getByText('[A-Za-z').count()).toBe(0);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the failed rows' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('名单-failed.csv');
  const failed = readFileSync(await download.path(), 'utf8');
  await page.getByRole('link', { name: 'Upload the corrected rows' }).click();
  await choose(page, files.write('名单-failed.csv', failed.replace('?,Bo', 'M2,Bo')));
  await start('名单-failed.csv').click();
  await openedTask(page);
  await ended(page, 'Finished');
  await page.goto(`${runner.url}/tasks/${taskId}`);
  await ended(page, 'Finished, corrected');
  await page.getByText('Nothing is left to do.').waitFor();
  expect(await page.getByRole('link', { name: 'Download the failed rows' }).count()).toBe(0);
  expect(await button(/^Retry/).count()).toBe(0);
});

test('of 120 tasks all are found by scrolling, searching and counting, and hiding is undone', async () => {
  for (let number = 0; number < 120; number += 1) {
    const name = number % 40 === 0 ? 'tiers' : 'scores';
    const task = { name, business_id: name, business_name: name, type: 2, input: { number } };
    const { task_id } = await runner.post('/task/add', task);
    if (number % 2 === 0) await runner.post('/task/cancel', { task_id });
  }
  await page.goto(`${runner.url}/tasks`);
  await page.getByText('60 tasks waiting or running').waitFor();
  await button('Failed 60').waitFor();
  await expect
    .poll(async () => {
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      return page.locator('li.task').count();
    })
    .toBe(120);
  await page.getByRole('searchbox').fill('tiers');
  await expect.poll(() => page.locator('li.task').count()).toBe(3);
  await page.waitForURL(/search=tiers/);
  await page.getByLabel('To', { exact: true }).fill('2020-01-31');
  await page.getByText('No task matches').waitFor();
  await page.locator('.empty').getByRole('link', { name: 'Show all' }).click();
  await button('Failed 60').click();
  await page.waitForURL(/status=5/);
  await button(/^Hide \d+ ended tasks/).click();
  await page.getByText(/\d+ tasks hidden/).waitFor();
  await button('Undo').click();
  await expect
    .poll(async () => (await runner.get('/task/list?totals=true')).totals.failed)
    .toBe(60);
});

test('a picture is refused by name, and a field name of any length fits', async () => {
  const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(200, ',')]);
  await choose(page, files.write('photo.csv', png));
  await card(page, 'photo.csv').getByText('This is an image').waitFor();
  expect(await card(page, 'photo.csv').locator('.preview').count()).toBe(0);
  expect(await start('photo.csv').count()).toBe(0);
  const long = 'a_very_long_name_of_a_field_without_a_single_blank_'.repeat(6);
  await choose(page, files.write('long.csv', `member_no,name,${long}\nM1,Ann,x\n`));
  await card(page, 'long.csv').getByText('Column mapping').click();
  for (const width of [1200, 390]) {
    await page.setViewportSize({ width, height: 800 });
    const isWide = () => document.documentElement.scrollWidth > innerWidth;
    expect(await page.evaluate(isWide), `${width} pixels`).toBe(false);
  }
});

test('a Chinese reader is told in Chinese what a file is, what a setting lacks and what was found', async () => {
  await page.getByRole('button', { name: '切换到中文' }).click();
  const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(200, ',')]);
  await choose(page, files.write('photo.csv', png));
  const words = '这是图片：请上传表格本身，格式为 CSV 或 .xlsx。';
  await card(page, 'photo.csv').getByText(words).waitFor();
  const upload = `${runner.url}/upload?business=member_import&file_name=photo.csv&user_task_id=png`;
  const headers = { authorization: `Bearer ${runner.token}`, 'content-type': 'text/csv' };
  const answer = await fetch(upload, { method: 'POST', body: png, headers });
  const { data } = (await answer.json()) as { data: { task_id: number } };
  await page.goto(`${runner.url}/tasks/${data.task_id}`);
  await page.getByText(words).waitFor();
  await page.goto(`${runner.url}/tasks?search=会员`);
  await page.getByText('找到 1 个任务').waitFor();
  await page.goto(`${runner.url}/tasks?from=2026-02-01&to=2026-01-01`);
  await page.getByText('起始日期晚于截止日期').waitFor();
  await page.goto(`${runner.url}/settings`);
  await page.getByLabel('时区').fill('Mars/Olympus');
  await button('保存').click();
  await page.getByText('没有这个时区').waitFor();
  expect(await page.getByText('已保存。').count()).toBe(0);
});

test('the station is configured, and a change that somebody else made is not lost', async () => {
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await page.getByLabel('Country').selectOption('DE');
  await page.getByLabel(/^Dates such as/).selectOption('day_first');
  await page.getByLabel('Language of failed-rows files').selectOption('zh');
  await button('Save').click();
  await page.getByText('Saved.').waitFor();
  const config = await runner.get('/station/config');
  const berlin = {
    time_zone: 'Europe/Berlin',
    country: 'DE',
    date_order: 'day_first',
    language: 'zh',
  };
  expect(config).toEqual({ version: 1, ...berlin, notify: null, webhooks: [] });
  await runner.put('/station/config', { ...config, country: 'AT' });
  await page.getByLabel('Country').selectOption('CH');
  await button('Save').click();
  await page.getByText('Somebody else has changed these settings').waitFor();
  await button('Show the current settings').click();
  await expect.poll(() => page.getByLabel('Country').inputValue()).toBe('AT');
});

test('people who want it are told when a task ends', async () => {
  await context.grantPermissions(['notifications'], { origin: runner.url });
  await page.addInitScript(() => {
    const told: string[] = [];
    Object.assign(window, { told });
    class Fake {
      static permission = 'granted';
      static requestPermission = () => Promise.resolve('granted');
      constructor(title: string, options: { body: string }) {
        told.push(`${title}: ${options.body}`);
      }
    }
    Object.assign(window, { Notification: Fake });
  });
  const task = { name: 'tiers', business_id: 'b', business_name: 'B', type: 2, input: {} };
  const { task_id } = await runner.post('/task/add', task);
  await runner.post('/task/start', { task_id });
  await page.goto(`${runner.url}/tasks/${task_id}`);
  await page.getByLabel('Notify me in this browser when a task ends').check();
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await runner.post('/task/finish', { task_id });
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { told: string[] }).told))
    .toEqual(['tiers: Finished']);
});

test('rows above the header are named before anything is sent, and no field is said to be missing', async () => {
  const text = 'M1,Ann,5\nmember_no,name,points\nM2,Bo,1\n';
  await choose(page, files.write('sorted.csv', text));
  const file = card(page, 'sorted.csv');
  await file.getByText('row 1 stands above the header in row 2').waitFor();
  await file.getByText('Solve the problem above first.').waitFor();
  expect(await start('sorted.csv').isDisabled()).toBe(true);
});
