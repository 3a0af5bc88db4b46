// Telling the members that an import creates, chosen on the import page, against the real system.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { card, choose, faultsOf, open, openedTask, signedIn } from './harness/browser';
import { Files } from './harness/files';
import { isWide, LOOKS, settled, shoot, violations } from './harness/looks';
import { haveTemplate, setNotify } from './harness/mails';
import { Runner } from './harness/runner';

let browser: Browser;
let runner: Runner;
let files: Files;
const LABEL = 'Send an e-mail to new members';
const WELCOME = { template: 'welcome', language: 'en' };

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
  files = new Files();
  await haveTemplate(runner);
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
  files.remove();
});

const members = (name: string, no: string) =>
  files.write(name, `member_no,name,email\n${no},Ann,${no}@example.com\n`);

describe('in English', () => {
  let context: BrowserContext;
  let page: Page;
  beforeEach(async () => {
    await setNotify(runner, WELCOME);
    context = await browser.newContext({ locale: 'en-GB' });
    page = await signedIn(context, runner, '/import');
  });
  afterEach(async () => {
    const faults = faultsOf(page);
    await context.close();
    expect(faults).toEqual([]);
  });

  test('members that an import creates are told, and the page of the import leads there', async () => {
    await choose(page, members('told.csv', 'A1'));
    const file = card(page, 'told.csv');
    await file.getByText('get the template “welcome” (en)').waitFor();
    await file.getByLabel(LABEL).check();
    await file.getByRole('button', { name: 'Start the import' }).click();
    await openedTask(page);
    // The mailing begins after the import has ended.
    await page.getByText('E-mails: welcome').waitFor();
    await page.locator('ul.lines').getByRole('link').click();
    await page.getByRole('row', { name: 'All recipients 1', exact: true }).waitFor();
  });

  test('it is not offered where it cannot be', async () => {
    await choose(page, members('rule.csv', 'A2'));
    const file = card(page, 'rule.csv');
    await file.getByLabel(LABEL).check();
    await file.getByText('More options').click();
    await file.getByLabel('Existing rows').selectOption('overwrite');
    await file.getByText('does not know which members are new').waitFor();
    expect(await file.getByLabel(LABEL).isDisabled()).toBe(true);
    await file.getByLabel('Existing rows').selectOption('skip');
    expect(await file.getByLabel(LABEL).isChecked()).toBe(false);
    await file.getByLabel('What do you want to import?').selectOption('score_import');
    await file.getByLabel(LABEL).waitFor({ state: 'detached' });
    await setNotify(runner, null);
    await page.reload();
    await choose(page, members('none.csv', 'A3'));
    await card(page, 'none.csv').getByRole('button', { name: 'Start the import' }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.getByLabel(LABEL).count()).toBe(0);
  });

  test('what the API refuses is said', async () => {
    await setNotify(runner, { template: 'gone', language: 'en' });
    await page.reload();
    await choose(page, members('gone.csv', 'A4'));
    const file = card(page, 'gone.csv');
    await file.getByLabel(LABEL).check();
    await file.getByRole('button', { name: 'Start the import' }).click();
    await file.getByText('there is no template gone in en').waitFor();
    await page.route(/\/upload$/, (route) =>
      route.fulfill({
        status: 403,
        json: { code: 40301, msg: 'the token lacks the scope mail:send', data: null },
      }),
    );
    await file.getByRole('button', { name: 'Start the import' }).click();
    await file.getByText('it lacks the scope mail:send').waitFor();
  });
});

test('in Chinese a refusal has no English', async () => {
  await setNotify(runner, { template: 'gone', language: 'en' });
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await signedIn(context, runner, '/import');
  await choose(page, members('gone.csv', 'A5'));
  const file = card(page, 'gone.csv');
  await file.getByLabel('给新会员发送邮件').check();
  await file.getByRole('button', { name: '开始导入' }).click();
  await file.getByText('没有模板“gone”（en）。').waitFor();
  await context.close();
});

describe.each(LOOKS)('$theme, $language, $width pixels', ({ theme, language, width }) => {
  test('the choice has no violation and fits', async () => {
    await setNotify(runner, WELCOME);
    const context = await browser.newContext({
      colorScheme: theme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      viewport: { width, height: 800 },
    });
    const page = await signedIn(context, runner, '/import');
    await choose(page, members('looks.csv', 'A6'));
    await page.locator('.tell').waitFor();
    await settled(page);
    await shoot(page, `tell-${theme}-${language}-${width}`);
    expect(await violations(page)).toEqual([]);
    expect(await isWide(page)).toBe(false);
    expect(faultsOf(page)).toEqual([]);
    await context.close();
  });
});
