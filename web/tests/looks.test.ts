// How it looks and for whom it works: both themes and languages, phone width, the keyboard alone,
// axe-core on every page, and how soon it is there.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { choose, ended, faultsOf, open, openedTask, signedIn } from './harness/browser';
import { Files } from './harness/files';
import { Runner } from './harness/runner';
import { workbook } from './harness/workbook';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = process.env.SCREENSHOTS;

let browser: Browser;
let runner: Runner;
let taskId: number;
/** A task that a service runs. */
let runningId: number;
const files = new Files();
let bad: string;
let odd: string;
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
  await context.close();
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

/** What is wrong for people who cannot see, or cannot see well. */
async function violations(page: Page): Promise<string[]> {
  // Through the debugger: the page's own policy allows no script from elsewhere.
  const found = await page.evaluate(`${axe}
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.map((one) =>
        one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')))`);
  return found as string[];
}

const isWide = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

async function shoot(page: Page, name: string): Promise<void> {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

const settled = async (page: Page) => {
  await page.waitForFunction(() => !document.querySelector('.skeleton, .looking'));
};

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
    'import',
    async (page) => {
      await page.goto(`${runner.url}/import`);
      await choose(page, bad, odd, book);
      await page.locator('.preview').nth(2).waitFor();
      await page.locator('.pair.wrong').first().waitFor();
    },
  ],
  [
    'running',
    async (page) => {
      await page.goto(`${runner.url}/tasks/${runningId}`);
      await page.locator('summary').click();
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

const LOOKS = [
  { theme: 'light', language: 'en', width: 1200 },
  { theme: 'dark', language: 'en', width: 1200 },
  { theme: 'light', language: 'zh', width: 1200 },
  { theme: 'dark', language: 'zh', width: 390 },
  { theme: 'light', language: 'en', width: 390 },
] as const;

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
  for (const path of ['/tasks', `/tasks/${taskId}`, '/import']) {
    await page.goto(runner.url + path);
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
