// What the page of a task says of a mailing, against the real system.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { faultsOf, open, signedIn } from './harness/browser';
import { isWide, LOOKS, settled, shoot, violations } from './harness/looks';
import { haveTemplate, mailed, setNotify, told } from './harness/mails';
import { Runner } from './harness/runner';

let browser: Browser;
let runner: Runner;
let mailingId: number;
let importId: number;
let followerId: number;

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
  await haveTemplate(runner);
  await setNotify(runner, { template: 'welcome', language: 'en', from_name: 'Our Shop' });
  await runner.put('/mail/suppression', { address: 'no@example.com', suppressed: true });
  mailingId = await mailed(runner, 'ann@example.com', 'no@example.com', 'Ann@example.com');
  const members = 'member_no,name,email\nM1,Ann,ann@example.com\nM2,Bo,bo@example.com\n';
  [importId, followerId] = await told(runner, members);
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
});

const tile = (page: Page, name: string) =>
  page.locator('ul.tiles li', { hasText: name }).locator('strong');
const visit = async (page: Page, id: number) => void (await page.goto(`${runner.url}/tasks/${id}`));

/** A task as it would be with a change. */
async function show(page: Page, id: number, change: object): Promise<void> {
  await page.route(/\/task\/get/, async (route) => {
    const body = await (await route.fetch()).json();
    await route.fulfill({ json: { ...body, data: { ...body.data, ...change } } });
  });
  await visit(page, id);
}

const rows = { read: 1200, succeeded: 1150, failed: 7, duplicate: 3, skipped: 40 };
const running = {
  status: 2,
  progress: 60,
  actions: ['cancel', 'pause'],
  result: null,
  end_time: null,
  chunks: { total: 20, done: 12 },
  rows,
};

/** A mailing that rests because SES takes no more today. */
const showResting = (page: Page) =>
  show(page, followerId, {
    ...running,
    paused: true,
    actions: ['cancel', 'resume'],
    modify_time: new Date().toISOString(),
    reason: 'SES sends no more e-mails for this account today: the mailing goes on by itself',
    reason_code: 'mail_day_used_up',
  });

/** One that ended with recipients of whom nobody knows, whose list this caller may not have. */
async function showUnknown(page: Page): Promise<void> {
  const { result } = await runner.get(`/task/get?task_id=${followerId}`);
  const counts = {
    audience: 1200,
    sent: 1148,
    failed: 7,
    suppressed: 40,
    duplicate: 3,
    unknown: 2,
  };
  await show(page, followerId, {
    status: 4,
    reason:
      '9 of 1200 recipients were not sent to or may not have been (7 failed, 2 unknown): see the list',
    result: { ...result, ...counts, not_sent: 52 },
  });
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

  test('a mailing is called by its template, and says what became of each recipient', async () => {
    await visit(page, mailingId);
    await page.getByRole('heading', { name: 'E-mails: welcome', exact: true }).waitFor();
    await page.getByRole('row', { name: /^Sent SES has taken the e-mail. 1$/ }).waitFor();
    await page.getByRole('row', { name: /^Suppressed .* 1$/ }).waitFor();
    await page.getByRole('row', { name: /^Duplicate .* 1$/ }).waitFor();
    await page.getByRole('row', { name: 'Failed 0', exact: true }).waitFor();
    await page.getByRole('row', { name: 'All recipients 3', exact: true }).waitFor();
    await page.getByText('welcome · en · version 1').waitFor();
    await page.getByText('3 named addresses').waitFor();
    await page.getByText('Our Shop').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download who was not sent to' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('not_sent.csv');
  });

  test('an import leads to its mailing, and the mailing back', async () => {
    await visit(page, importId);
    await page.getByText('E-mails: welcome').waitFor();
    await page.getByRole('link', { name: `Task ${followerId}` }).click();
    await page.getByRole('row', { name: 'All recipients 2', exact: true }).waitFor();
    await page
      .getByRole('link', { name: `To the members that the import of task ${importId} created` })
      .click();
    await page.getByRole('heading', { name: 'members.csv' }).waitFor();
  });

  test('a mailing that runs says how far it is, and that a cancel takes nothing back', async () => {
    await show(page, followerId, running);
    await tile(page, 'Parts done').waitFor();
    expect(await tile(page, 'Parts done').textContent()).toBe('12 of 20');
    expect(await tile(page, 'Sent').textContent()).toBe('1,150');
    await page.getByRole('button', { name: /^Cancel/ }).click();
    await page.getByText('E-mails that were sent stay sent.').waitFor();
  });

  test('a mailing that rests says when it goes on by itself', async () => {
    await showResting(page);
    await page.getByText('Resting', { exact: true }).waitFor();
    await page.getByText(/^It goes on by itself at .*\d:\d\d/).waitFor();
  });

  test('a list that a token may not see is not offered, and is said to be there', async () => {
    await showUnknown(page);
    await page.getByText('takes a token with the scope data:export').waitFor();
    await page.getByRole('row', { name: /^Unknown SES did not answer.* 2$/ }).waitFor();
    expect(await page.getByRole('link', { name: 'Download who was not sent to' }).count()).toBe(0);
  });

  test('the list of tasks names mailings, and counts what was sent', async () => {
    const item = page.locator('li.task', { hasText: 'E-mails: welcome' }).last();
    await item.getByText('Sent 1').waitFor();
    await item.getByText('Suppressed 1').waitFor();
  });
});

const PAGES: [string, (page: Page) => Promise<void>][] = [
  ['mailing', (page) => visit(page, mailingId)],
  ['mailing-of-import', (page) => visit(page, importId)],
  ['mailing-resting', showResting],
  ['mailing-unknown', showUnknown],
];

describe.each(LOOKS)('$theme, $language, $width pixels', ({ theme, language, width }) => {
  test.each(PAGES)('%s has no violation and fits', async (name, show) => {
    const context = await browser.newContext({
      colorScheme: theme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      viewport: { width, height: 800 },
    });
    const page = await signedIn(context, runner);
    await show(page);
    await page.locator('main .facts').first().waitFor();
    await settled(page);
    await page
      .getByText(/welcome/)
      .first()
      .waitFor();
    await shoot(page, `${name}-${theme}-${language}-${width}`);
    expect(await violations(page)).toEqual([]);
    expect(await isWide(page)).toBe(false);
    if (language === 'zh') expect(await page.locator('main [lang=en]').count()).toBe(0);
    expect(faultsOf(page)).toEqual([]);
    await context.close();
  });
});
