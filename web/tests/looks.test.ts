// How it looks and for whom it works: both themes and languages, phone width, the keyboard alone,
// axe-core on every page, and how soon it is there.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { choose, ended, faultsOf, open, openedTask, signedIn } from './harness/browser';
import { Files } from './harness/files';
import { isWide, LOOKS, settled, shoot, violations } from './harness/looks';
import { Runner } from './harness/runner';
import { workbook } from './harness/workbook';

let browser: Browser;
let runner: Runner;
let taskId: number;
/** A task that a service runs. */
let runningId: number;
const files = new Files();
let bad: string;
let odd: string;
let typos: string;
let plain: string;
let picture: string;
let sameId: number;
let correctedId: number;
let checkedId: number;
let exportedId: number;
let book: string;

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
  bad = files.members('members.csv', 3000, '--bad-percent', '5', '--duplicate-percent', '2');
  odd = files.write('kunden.csv', 'Karte,姓名,积分\nM1,王小明,10\nM2,Ann,5\n');
  const sheets = {
    会员: [
      ['会员号', '姓名'],
      ['M1', '王小明'],
    ],
    Notes: [['x']],
  };
  book = files.write('会员.xlsx', workbook(sheets));
  const context = await browser.newContext();
  const page = await signedIn(context, runner, '/import');
  await choose(page, bad);
  await page.getByRole('button', { name: 'Start the import' }).click();
  taskId = await openedTask(page);
  await ended(page, 'Partly imported');
  await page.goto(`${runner.url}/import`);
  await choose(page, files.members('staff.csv', 200, '--seed', '9'));
  await page.getByRole('button', { name: 'Start the import' }).click();
  await openedTask(page);
  await ended(page, 'Finished');
  await importMore();
  await context.close();
  await exportSome();
  const tiers = { name: 'tiers', business_id: 'tiers', business_name: 'Tiers', type: 2, input: {} };
  runningId = (await runner.post('/task/add', tiers)).task_id;
  await runner.post('/task/start', { task_id: runningId });
  await runner.post('/task/update', { task_id: runningId, progress: 40 });
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
  files.remove();
});

/** Files of the kinds that are not simply good or bad, and tasks of them. */
async function importMore(): Promise<void> {
  const long =
    'Telephone number of the member, with its country and its area code, of office hours';
  typos = files.write('typos.csv', `Membr No,Name,Telephone,${long}\nM1,Ann,13812345678,x\n`);
  plain = files.write('plain.csv', 'M1,Ann,ann@example.com\nM2,Bo,bo@example.com\n');
  picture = files.write('photo.png', Buffer.from('\x89PNG\r\n\x1a\n…', 'latin1'));
  const bad = await imported('list.csv', 'member_no,name\nL1,Ann\n?,Bo\n');
  sameId = (await imported('again.csv', 'member_no,name\nL1,Ann\n?,Bo\n')).task_id;
  checkedId = (await imported('check.csv', 'member_no,name\nL8,Ann\n?,Bo\n', true)).task_id;
  correctedId = bad.task_id;
  const failed = await (await fetch(bad.result.failed_rows_url)).text();
  await imported('list-failed.csv', failed.replace('?,Bo', 'L2,Bo'));
}

async function imported(name: string, text: string, dryRun = false) {
  const body = { business: 'member_import', file_name: name, size_bytes: Buffer.byteLength(text) };
  const begun = await runner.post('/upload', { ...body, options: { dry_run: dryRun } });
  const headers = { 'if-none-match': '*' };
  await fetch(begun.upload.url, { method: 'PUT', headers, body: text });
  return vi.waitFor(
    async () => {
      const task = await runner.get(`/task/get?task_id=${begun.task_id}`);
      expect(task.status).toBeGreaterThan(2);
      return task;
    },
    { timeout: 30_000, interval: 200 },
  );
}

/** An export with a file. */
async function exportSome(): Promise<void> {
  const begun = await runner.post('/export', {
    business: 'member_import',
    filter: { points: { from: 5 }, tier: 'gold', joined_on: { to: '2026-01-31' } },
  });
  exportedId = begun.task_id;
  await vi.waitFor(
    async () => expect((await runner.get(`/task/get?task_id=${exportedId}`)).status).toBe(3),
    { timeout: 30_000, interval: 200 },
  );
}

/** Shows the export as it would be in another state. */
async function showExport(page: Page, change: object): Promise<void> {
  await page.route(/\/task\/(get|explain)/, async (route) => {
    const isAsked = route.request().url().includes('/task/get');
    const answer = await route.fetch();
    const body = await answer.json();
    const chunk = {
      first_row: 0,
      rows: 0,
      tries: 1,
      begun_at: null,
      last_error: null,
      search: null,
    };
    const states = ['running', 'queued'].map((state, place) => ({
      ...chunk,
      chunk: place + 10,
      state,
    }));
    const open = {
      waiting_for: 'chunks',
      explanation: '54 chunks',
      chunks: states,
      chunks_open: 54,
    };
    await route.fulfill({
      json: { ...body, data: { ...body.data, ...(isAsked ? change : open) } },
    });
  });
  await page.goto(`${runner.url}/tasks/${exportedId}`);
}

/** The pages, each with what people see on it. */
const PAGES: [string, (page: Page) => Promise<void>][] = [
  [
    'tasks',
    async (page) => {
      await page.goto(`${runner.url}/tasks`);
      await page.locator('li.task a').first().waitFor();
    },
  ],
  [
    'task',
    async (page) => {
      await page.goto(`${runner.url}/tasks/${taskId}`);
      await page.locator('.rows tbody tr').first().waitFor();
    },
  ],
  [
    'history',
    async (page) => {
      await page.goto(`${runner.url}/tasks/${taskId}`);
      await page.locator('summary', { hasText: /History|操作记录/ }).click();
      await page.locator('summary', { hasText: /Where the time went|耗时分布/ }).click();
      await page.locator('.events li').nth(2).waitFor();
      await page.locator('.stages tbody tr').nth(3).waitFor();
    },
  ],
  [
    'import',
    async (page) => {
      await page.goto(`${runner.url}/import`);
      await choose(page, bad, odd, book);
      await page.locator('.preview').nth(2).waitFor();
      await page.locator('.pair.wrong').first().waitFor();
    },
  ],
  [
    'guesses',
    async (page) => {
      await page.goto(`${runner.url}/import`);
      await choose(page, typos, plain, picture);
      await page.locator('.guesses').first().waitFor();
      await page.getByRole('button', { name: /has no header|没有表头/ }).waitFor();
      await page.locator('.note.bad').first().waitFor();
    },
  ],
  [
    'same',
    async (page) => {
      await page.goto(`${runner.url}/tasks/${sameId}`);
      await page.locator('.note .badge').waitFor();
    },
  ],
  [
    'corrected',
    async (page) => {
      await page.goto(`${runner.url}/tasks/${correctedId}`);
      await page.locator('.note.good').waitFor();
    },
  ],
  [
    'checked',
    async (page) => {
      await page.goto(`${runner.url}/tasks/${checkedId}`);
      await page.locator('.rows tbody tr').first().waitFor();
    },
  ],
  [
    'settings',
    async (page) => {
      await page.goto(`${runner.url}/settings`);
      await page.locator('form').waitFor();
    },
  ],
  [
    'export',
    async (page) => {
      await page.goto(`${runner.url}/tasks`);
      await page
        .getByRole('navigation')
        .getByRole('link', { name: /^(Export|导出)$/ })
        .click();
      const add = page.getByRole('button', { name: /^(Add a condition|添加条件)$/ });
      for (const column of ['points', 'tier', 'birthday', 'address']) {
        await add.click();
        const select = page.locator('.conditions li:last-child select').first();
        await select.selectOption({ value: column });
      }
      await page.locator('.conditions .number').first().fill('5');
      await page.locator('form .primary').click();
      await page.getByRole('alert').waitFor();
    },
  ],
  [
    'exported',
    async (page) => {
      await page.goto(`${runner.url}/tasks/${exportedId}`);
      await page.locator('.offer a').waitFor();
    },
  ],
  [
    'exporting',
    async (page) => {
      const chunks = { total: 64, done: 10 };
      const change = { status: 2, progress: 15, actions: ['cancel'], result: null, end_time: null };
      await showExport(page, { ...change, chunks });
      await page.locator('summary').first().click();
      await page.locator('.chunks li').nth(1).waitFor();
      await page.unroute(/\/task\/(get|explain)/);
    },
  ],
  [
    'short',
    async (page) => {
      const reason =
        'the export would be short, so there is no file: the content of segment 3 is not what was written';
      await showExport(page, { status: 5, reason, actions: ['retry', 'hide'], result: null });
      await page.locator('.note.bad').waitFor();
      await page.unroute(/\/task\/(get|explain)/);
    },
  ],
  [
    'found',
    async (page) => {
      await page.goto(`${runner.url}/tasks?search=members&from=2020-01-31`);
      await page.locator('li.task a').first().waitFor();
      await page.getByText(/\d+ tasks? found|找到 \d+ 个任务/).waitFor();
    },
  ],
  [
    'running',
    async (page) => {
      await page.goto(`${runner.url}/tasks/${runningId}`);
      await page.locator('summary').first().click();
      await page.locator('.answer p').nth(1).waitFor();
      await page.locator('.actions button').first().click();
      await page.getByRole('alertdialog').waitFor();
    },
  ],
  [
    'sign_in',
    async (page) => {
      await page.evaluate(() => sessionStorage.clear());
      await page.goto(`${runner.url}/tasks`);
      await page.locator('textarea').waitFor();
    },
  ],
];

describe.each(LOOKS)('$theme, $language, $width pixels', ({ theme, language, width }) => {
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    context = await browser.newContext({
      colorScheme: theme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      viewport: { width, height: 800 },
      timezoneId: 'Asia/Shanghai',
    });
    page = await signedIn(context, runner);
  });
  afterAll(() => context.close());

  test.each(PAGES)('%s has no violation and fits', async (name, visit) => {
    await visit(page);
    await settled(page);
    await shoot(page, `${name}-${theme}-${language}-${width}`);
    expect(await violations(page)).toEqual([]);
    expect(await isWide(page)).toBe(false);
    expect(await page.locator('html').getAttribute('lang')).toBe(
      language === 'zh' ? 'zh-CN' : 'en',
    );
    expect(faultsOf(page)).toEqual([]);
  });
});

test('theme and language are chosen, kept, and there before anything is drawn', async () => {
  const context = await browser.newContext({ colorScheme: 'light', locale: 'en-GB' });
  const page = await signedIn(context, runner);
  await page.getByLabel('Theme').selectOption('Dark');
  await page.getByRole('button', { name: '切换到中文' }).click();
  await page.getByRole('heading', { name: '任务' }).waitFor();
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(await paper()).toBe('rgb(16, 22, 28)');
  await page.reload();
  await page.getByRole('heading', { name: '任务' }).waitFor();
  expect(await paper()).toBe('rgb(16, 22, 28)');
  expect(faultsOf(page)).toEqual([]);
  await context.close();
});

test('in Chinese nothing of how an import ended is left in English', async () => {
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await signedIn(context, runner, `/tasks/${taskId}`);
  await page.getByText('共 3,000 行，已导入 2,790 行，210 行没有导入').waitFor();
  await page
    .getByText(/^已被本文件第 \d+ 行使用：请改成别的值，或删除该行。/)
    .first()
    .waitFor();
  await page.getByRole('cell', { name: 'member_no 会员号' }).first().waitFor();
  await page.getByText(`会员 · 任务 ${taskId}`).waitFor();
  expect(await page.locator('main [lang=en]').count()).toBe(0);
  expect(faultsOf(page)).toEqual([]);
  await context.close();
});

test('an import is started with the keyboard alone', async () => {
  const context = await browser.newContext();
  const page = await signedIn(context, runner, '/import');
  await page.locator('.drop').waitFor();
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      return element?.textContent?.trim() || element?.getAttribute('type') || '';
    });
  const tabTo = async (wanted: (text: string) => boolean) => {
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press('Tab');
      if (wanted(await focused())) return;
    }
    throw new Error('the keyboard does not get there');
  };
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Skip to the content');
  await tabTo((text) => text === 'file');
  const chooses = page.waitForEvent('filechooser');
  await page.keyboard.press('Space');
  const chooser = await chooses;
  await chooser.setFiles(files.write('keys.csv', 'member_no,name\nK1,Ann\n'));
  await page.getByRole('button', { name: 'Start the import' }).waitFor();
  await page.waitForFunction(() => !document.querySelector('.looking'));
  await tabTo((text) => text === 'Start the import');
  await page.keyboard.press('Enter');
  await openedTask(page);
  await ended(page, 'Finished');
  expect(faultsOf(page)).toEqual([]);
  await context.close();
});

test('the first paint is there within a second, and nothing jumps', async () => {
  const context = await browser.newContext();
  const page = await signedIn(context, runner);
  await page.goto(`${runner.url}/tasks`);
  await page.locator('li.task a').first().waitFor();
  const paint = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  );
  console.log(`first contentful paint after ${Math.round(paint)} ms`);
  expect(paint).toBeGreaterThan(0);
  expect(paint).toBeLessThan(1000);
  for (const path of [
    '/tasks',
    `/tasks/${taskId}`,
    '/import',
    `/tasks/${exportedId}`,
    '/exports',
  ]) {
    if (path === '/exports') {
      await page.goto(`${runner.url}/settings`);
      await page.getByRole('link', { name: 'Export' }).click();
      await page.locator('form').waitFor();
    } else await page.goto(runner.url + path);
    await page.waitForFunction(() => !document.querySelector('.skeleton'));
    await page.waitForTimeout(500);
    const shift = await page.evaluate(
      () =>
        new Promise<number>((done) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) {
              sum += (entry as unknown as { value: number }).value;
            }
          }).observe({ type: 'layout-shift', buffered: true });
          setTimeout(() => done(sum), 300);
        }),
    );
    console.log(`${path}: layout shift ${shift.toFixed(3)}`);
    // What Google calls good. <https://web.dev/articles/cls>
    expect(shift, path).toBeLessThan(0.1);
  }
  await context.close();
});
