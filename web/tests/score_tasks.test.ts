// What the page of a task says of an evaluation and of a reconciliation, against the real system.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { faultsOf, open, signedIn } from './harness/browser';
import { isWide, LOOKS, settled, shoot, violations } from './harness/looks';
import { Runner } from './harness/runner';
import { evaluated, haveScores, monthFromNow, reconciled } from './harness/scores';

let browser: Browser;
let runner: Runner;
let dryId: number;
let doneId: number;
let againId: number;
let provenId: number;

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
  await haveScores(runner);
  dryId = await evaluated(runner, true);
  doneId = await evaluated(runner, false);
  againId = await evaluated(runner, false);
  provenId = await reconciled(runner);
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
});

const month = (text: string) =>
  new Intl.DateTimeFormat('en', { year: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${text}-01`),
  );
const tile = (page: Page, name: string) =>
  page.locator('ul.tiles li', { hasText: name }).locator('strong');
const row = (page: Page, title: string, name: string) =>
  page
    .locator('.counted', { has: page.getByRole('heading', { name: title, exact: true }) })
    .getByRole('row', { name });

/** A reconciliation in which something was wrong, as it would be shown. */
async function showDifferences(page: Page): Promise<void> {
  const sides = { entries_read: 3, entries_counted: 2, points_of_entries: '1043' };
  const difference = { ...sides, points_of_sums: '1020' };
  const result = {
    ...(await runner.get(`/task/get?task_id=${provenId}`)).result,
    differences: 25,
    misplaced: 2,
    examples: Array.from({ length: 20 }, (_, n) => ({
      ...difference,
      member_no: `M${n} 会员`,
      month: monthFromNow(-1),
    })),
    differing_segments: [{ ...difference, segment: 7, differences: 25, misplaced: 2 }],
  };
  const reason =
    '2 entries lie where an earlier release stored them, so that no sums count them: import them again, and delete these';
  await show(page, provenId, { status: 4, reason, result });
}

/** The second evaluation, as if points had been taken away since the first one, and while it runs. */
async function showLost(page: Page): Promise<void> {
  const { result } = await runner.get(`/task/get?task_id=${againId}`);
  const no_longer_earned = { welcome: 1, gold_month: 3 };
  const changes = { ...result.changes, 'none>bronze': 12 };
  await show(page, againId, { result: { ...result, changes, no_longer_earned, differences: 2 } });
}

async function showRunning(page: Page): Promise<void> {
  const chunks = { total: 64, done: 10 };
  const change = { status: 2, progress: 15, actions: ['cancel'], result: null, end_time: null };
  await show(page, dryId, { ...change, chunks });
}

/** A task as it would be with a change. */
async function show(page: Page, id: number, change: object): Promise<void> {
  await page.route(/\/task\/get/, async (route) => {
    const body = await (await route.fetch()).json();
    await route.fulfill({ json: { ...body, data: { ...body.data, ...change } } });
  });
  await page.goto(`${runner.url}/tasks/${id}`);
}

describe('in English', () => {
  let context: BrowserContext;
  let page: Page;
  beforeEach(async () => {
    context = await browser.newContext({ acceptDownloads: true, locale: 'en-GB' });
    page = await signedIn(context, runner);
  });
  afterEach(async () => {
    const faults = faultsOf(page);
    await context.close();
    expect(faults).toEqual([]);
  });

  test('a dry run says so, and what it would decide', async () => {
    await page.goto(`${runner.url}/tasks/${dryId}`);
    const name = `Evaluation of ${month(monthFromNow(-1))}, dry run`;
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await page.getByText('This was a dry run: no tier was changed').waitFor();
    await page.getByRole('heading', { name: 'What would be decided' }).waitFor();
    expect(await tile(page, 'Members').textContent()).toBe('3');
    expect(await tile(page, 'Tier changes').textContent()).toBe('2');
    await row(page, 'Changes of tiers', 'silver → gold 1').waitFor();
    await row(page, 'Why members have their tier', 'Kept for now: grace period 1').waitFor();
    await row(page, 'Coupons', 'gold_month 2').waitFor();
    await row(page, 'Rewards', 'active 2 120').waitFor();
    await page.getByText('1 member number has points but no member.').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download all decisions' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`decisions-${monthFromNow(-1)}.ndjson`);
  });

  test('an evaluation that was done is no dry run, and one that was done again says so', async () => {
    await page.goto(`${runner.url}/tasks/${doneId}`);
    await page.getByRole('heading', { name: 'What was decided' }).waitFor();
    expect(await page.getByText('dry run').count()).toBe(0);
    expect(await page.getByText('This month was evaluated before.').count()).toBe(0);
    await page.goto(`${runner.url}/tasks/${againId}`);
    await page.getByText('This month was evaluated before.').waitFor();
  });

  test('what is no longer earned is said, and that it is not taken back', async () => {
    await showLost(page);
    await row(page, 'No longer earned', 'gold_month 3').waitFor();
    await page.getByText('It is not taken back.').waitFor();
    await row(page, 'Changes of tiers', 'no tier → bronze 12').waitFor();
    await page.getByText('Wrong sums that were corrected first: 2.').waitFor();
  });

  test('a dry run that runs says so, and a cancel is asked about', async () => {
    await showRunning(page);
    await page.getByText('This is a dry run: it only decides.').waitFor();
    expect(await tile(page, 'Parts done').textContent()).toBe('10 of 64');
    await page.getByRole('button', { name: /^Cancel/ }).click();
    await page.getByText('Cancel this evaluation?').waitFor();
  });

  test('a reconciliation says that all is right, or what was not', async () => {
    await page.goto(`${runner.url}/tasks/${provenId}`);
    await page.getByText('All sums match their entries.').waitFor();
    await page.getByRole('row', { name: 'In the entries 6 7,058' }).waitFor();
    await showDifferences(page);
    await page.getByText('Wrong sums that are corrected now: 25.').waitFor();
    await page.getByText('20 of 25 differences are shown.').waitFor();
    await page.getByRole('row', { name: /M3 会员 .* 1,043 \(3\) 1,020 \(2\)/ }).waitFor();
    expect(await page.getByText('All sums match').count()).toBe(0);
  });

  test('the list names evaluations by their months, and counts their members', async () => {
    const item = page.locator('li.task', { hasText: `${month(monthFromNow(-1))}, dry run` });
    await item.getByText('Members 3').waitFor();
  });
});

const PAGES: [string, (page: Page) => Promise<void>][] = [
  ['evaluated', (page) => visit(page, dryId)],
  ['evaluated-again', (page) => visit(page, againId)],
  ['reconciled', (page) => visit(page, provenId)],
  ['differing', showDifferences],
  ['lost', showLost],
];
const visit = async (page: Page, id: number) => void (await page.goto(`${runner.url}/tasks/${id}`));

describe.each(LOOKS)('$theme, $language, $width pixels', ({ theme, language, width }) => {
  test.each(PAGES)('%s has no violation and fits', async (name, show) => {
    const context = await browser.newContext({
      colorScheme: theme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      viewport: { width, height: 800 },
    });
    const page = await signedIn(context, runner);
    await show(page);
    await page.locator('main table').first().waitFor();
    await settled(page);
    await shoot(page, `${name}-${theme}-${language}-${width}`);
    expect(await violations(page)).toEqual([]);
    expect(await isWide(page)).toBe(false);
    if (language === 'zh') expect(await page.locator('main [lang=en]').count()).toBe(0);
    expect(faultsOf(page)).toEqual([]);
    await context.close();
  });
});
