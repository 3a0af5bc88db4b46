// A member's scores, and starting evaluations and reconciliations, against the real system.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { card, ended, faultsOf, open, openedTask, signedIn } from './harness/browser';
import { isWide, LOOKS, settled, shoot, violations } from './harness/looks';
import { Runner } from './harness/runner';
import { evaluated, haveScores, imported, monthFromNow } from './harness/scores';

let browser: Browser;
let runner: Runner;
/** The evaluation that has given things. */
let doneId: number;

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
  await haveScores(runner);
  doneId = await evaluated(runner, false);
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
});

const month = (months: number) =>
  new Intl.DateTimeFormat('en', { year: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${monthFromNow(months)}-01`),
  );

/** From the pages that there are, as people go. */
async function toScores(page: Page): Promise<void> {
  await page
    .getByRole('navigation')
    .getByRole('link', { name: /^(Scores|积分)$/ })
    .click();
  await page.locator('search form').waitFor();
}

async function find(page: Page, member: string): Promise<void> {
  await page.getByLabel(/^(Member number|会员号)$/).fill(member);
  await page.getByRole('button', { name: /^(Show scores|查看积分)$/ }).click();
}

const form = (page: Page, name: string) => page.getByRole('form', { name });

/** Answers calls as for a token without the scope. */
const forbid = (page: Page, path: RegExp) =>
  page.route(path, (route) =>
    route.fulfill({
      status: 403,
      json: { code: 40301, msg: 'the token lacks the scope score:evaluate', data: null },
    }),
  );

describe('in English', () => {
  let context: BrowserContext;
  let page: Page;
  beforeEach(async () => {
    context = await browser.newContext({ locale: 'en-GB' });
    page = await signedIn(context, runner);
    await toScores(page);
  });
  afterEach(async () => {
    const faults = faultsOf(page);
    await context.close();
    expect(faults).toEqual([]);
  });

  test('a member has points by month and day, a rolling total and what it was given', async () => {
    await find(page, ' M1 ');
    const sums = card(page, 'Scores of M1');
    await sums.getByText(`Points from ${month(-2)} to ${month(0)}`).waitFor();
    expect(await sums.locator('.tiles strong').allTextContents()).toEqual(['2,243', '4']);
    await sums.getByRole('row', { name: `${month(-1)} 1,043 3` }).waitFor();
    // The days of the newest month are there, those of the one before on demand.
    expect(await sums.locator('.day').count()).toBe(2);
    await sums.getByRole('row', { name: / 2 1,050 2$/ }).waitFor();
    await sums.getByRole('button', { name: month(-2) }).click();
    expect(await sums.locator('.day').count()).toBe(3);
    await sums.getByRole('row', { name: `${month(-3)} – –` }).waitFor();

    const given = page.getByRole('region', { name: 'Tiers, coupons and rewards' });
    await given.getByRole('row', { name: `${month(-1)} Tier: bronze → silver 2,243` }).waitFor();
    await given.getByRole('row', { name: 'Coupon TIER-WELCOME welcome' }).waitFor();
    await given.getByRole('row', { name: 'Reward of 20 points active' }).waitFor();
    await given.getByRole('link').first().click();
    expect(await openedTask(page)).toBe(doneId);
    await page.goBack();
    await sums.waitFor();
    expect(new URL(page.url()).searchParams.get('member')).toBe('M1');
  });

  test('asking again shows entries that have come since', async () => {
    await find(page, 'M3');
    const sums = card(page, 'Scores of M3');
    await sums.getByRole('row', { name: `${month(-1)} 10 1` }).waitFor();
    const entry = `member_no,entry_date,points,reference\nM3,${monthFromNow(-1)}-06,15,C-2\n`;
    await imported(runner, 'score_import', 'later.csv', entry);
    await expect
      .poll(
        async () => {
          await page.getByRole('button', { name: 'Show scores' }).click();
          return sums.getByRole('row', { name: `${month(-1)} 25 2` }).count();
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe(1);
  });

  test('a number without a member, or that nobody has, is said', async () => {
    await find(page, 'M9');
    await card(page, 'Scores of M9').waitFor();
    await page.getByText('No member has this number. Only its score entries are there.').waitFor();
    await find(page, 'NOBODY');
    await page.getByRole('heading', { name: 'No scores of “NOBODY”' }).waitFor();
    expect(await page.getByText('Only its score entries').count()).toBe(0);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  test('months that cannot be asked for are pointed at', async () => {
    await page.getByLabel('First month').first().fill(monthFromNow(-36));
    await find(page, 'M1');
    await page.getByText('At most 36 months at a time').waitFor();
    await page.getByLabel('First month').first().fill(monthFromNow(-35));
    await find(page, 'M1');
    await card(page, 'Scores of M1').locator('tbody').nth(35).waitFor();
  });

  test('what was given is shown page by page, also after an empty page', async () => {
    const action = {
      period: monthFromNow(-1),
      member_no: 'M1',
      kind: 'reward',
      coupon: null,
      points: '20',
      tier_before: null,
      tier_after: null,
      window_points: '2243',
      task_id: doneId,
      at: new Date().toISOString(),
    };
    await page.route(/\/score\/actions/, (route) => {
      const at = new URL(route.request().url()).searchParams.get('cursor') ?? '0';
      const next = { 0: 'one', one: 'two', two: null }[at] ?? null;
      const actions = at === 'one' ? [] : [{ ...action, rule: `rule-${at}` }];
      return route.fulfill({ json: { code: 0, msg: '', data: { actions, next_cursor: next } } });
    });
    await find(page, 'M1');
    await page.getByText('rule-0').waitFor();
    const more = page.getByRole('button', { name: 'Show more' });
    await more.click();
    await expect.poll(() => page.locator('.given tbody tr').count()).toBe(1);
    await more.click();
    await page.getByText('rule-two').waitFor();
    expect(await page.getByText('rule-0').count()).toBe(1);
    expect(await more.count()).toBe(0);
  });

  test('a dry run is started at once and leads to its task', async () => {
    await form(page, 'Evaluate a month').getByRole('button', { name: 'Start the dry run' }).click();
    await openedTask(page);
    await ended(page, 'Finished');
    await page.getByText('This was a dry run').waitFor();
  });

  test('an evaluation is asked about first, and a refusal says why and which task is there', async () => {
    const evaluate = form(page, 'Evaluate a month');
    await evaluate.getByLabel('Dry run').uncheck();
    await evaluate.getByLabel('Month').fill(monthFromNow(0));
    await evaluate.getByRole('button', { name: 'Evaluate' }).click();
    await page.getByText(`Evaluate ${month(0)}? Tiers change`).waitFor();
    await page.getByRole('button', { name: 'No, leave it' }).click();
    await evaluate.getByRole('button', { name: 'Evaluate' }).click();
    await page.getByRole('button', { name: 'Yes, evaluate it' }).click();
    const refusal = evaluate.getByRole('alert');
    await refusal.getByText(/^\d{4}-\d\d has not ended yet where the station is/).waitFor();
    // Another month is another question.
    await evaluate.getByLabel('Month').fill(monthFromNow(-2));
    expect(await refusal.count()).toBe(0);
    await evaluate.getByRole('button', { name: 'Evaluate' }).click();
    await page.getByRole('button', { name: 'Yes, evaluate it' }).click();
    await refusal.getByText('was evaluated since').waitFor();
    await refusal.getByRole('link', { name: `Task ${doneId}` }).click();
    await page.getByRole('heading', { name: 'What was decided' }).waitFor();
  });

  test('a reconciliation is started and leads to its task', async () => {
    const reconcile = form(page, 'Reconcile sums');
    await reconcile.getByLabel('First month').fill(monthFromNow(1));
    await reconcile.getByRole('button', { name: 'Reconcile' }).click();
    await reconcile.getByText('The first month comes after the last one').waitFor();
    await reconcile.getByLabel('First month').fill(monthFromNow(-1));
    await reconcile.getByRole('button', { name: 'Reconcile' }).click();
    await openedTask(page);
    await ended(page, 'Finished');
    await page.getByText('All sums match their entries.').waitFor();
  });

  test('a missing scope is a sentence and no error', async () => {
    await forbid(page, /\/score\//);
    await find(page, 'M1');
    await page.getByText('it lacks the scope task:read').waitFor();
    await form(page, 'Reconcile sums').getByRole('button', { name: 'Reconcile' }).click();
    await page.getByText('it lacks the scope score:evaluate').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

const PAGES: [string, (page: Page) => Promise<void>][] = [
  ['scores', async (page) => void (await page.locator('form').nth(2).waitFor())],
  [
    'member',
    async (page) => {
      await find(page, 'M1');
      await page.locator('.sums .day').first().waitFor();
      await page.locator('.given tbody tr').first().waitFor();
    },
  ],
  [
    'refused',
    async (page) => {
      await find(page, 'NOBODY');
      const evaluate = page.locator('form[aria-labelledby=evaluate]');
      await evaluate.locator('input[type=checkbox]').uncheck();
      await evaluate.locator('input[type=month]').fill(monthFromNow(-2));
      await evaluate.locator('button[type=submit]').click();
      await evaluate.locator('.danger').click();
      await evaluate.getByRole('alert').waitFor();
      await page.locator('.empty').waitFor();
    },
  ],
  [
    'asked',
    async (page) => {
      const evaluate = page.locator('form[aria-labelledby=evaluate]');
      await evaluate.locator('input[type=checkbox]').uncheck();
      await evaluate.locator('button[type=submit]').click();
      await evaluate.locator('.danger').waitFor();
      const reconcile = page.locator('form[aria-labelledby=reconcile]');
      await reconcile.locator('input[type=month]').first().fill('');
      await reconcile.locator('button').click();
      await reconcile.getByRole('alert').waitFor();
    },
  ],
];

describe.each(LOOKS)('$theme, $language, $width pixels', ({ theme, language, width }) => {
  test.each(PAGES)('%s has no violation and fits', async (name, show) => {
    const context = await browser.newContext({
      colorScheme: theme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      viewport: { width, height: 800 },
    });
    const page = await signedIn(context, runner);
    await toScores(page);
    await show(page);
    await settled(page);
    await shoot(page, `${name}-${theme}-${language}-${width}`);
    expect(await violations(page)).toEqual([]);
    expect(await isWide(page)).toBe(false);
    if (language === 'zh') expect(await page.locator('main [lang=en]').count()).toBe(0);
    expect(faultsOf(page)).toEqual([]);
    await context.close();
  });
});
