// Templates, what new members get, and suppressed addresses among the settings, against the real system.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { faultsOf, open, signedIn } from './harness/browser';
import { isWide, LOOKS, settled, shoot, violations } from './harness/looks';
import { haveTemplate, setNotify } from './harness/mails';
import { Runner } from './harness/runner';

let browser: Browser;
let runner: Runner;
const PATH = '/settings?part=mails';

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
});

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const editor = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const preview = (page: Page) => page.getByRole('region', { name: 'Preview' });
const mail = (page: Page) => page.frameLocator('iframe');

describe('in English', () => {
  let context: BrowserContext;
  let page: Page;
  beforeEach(async () => {
    context = await browser.newContext({ locale: 'en-GB' });
    page = await signedIn(context, runner, PATH);
  });
  afterEach(async () => {
    const faults = faultsOf(page);
    await context.close();
    expect(faults).toEqual([]);
  });

  test('a template is set up, with a preview of what would be sent', async () => {
    await page.getByText('No templates yet.').waitFor();
    await button(page, 'New template').click();
    const form = editor(page, 'New template');
    await form.getByLabel('Name').fill('Spring Sale');
    await button(page, 'Save as a new version').click();
    await form.getByText('A name has 1 to 64 lower-case letters').waitFor();
    await form.getByLabel('Name').fill('spring');
    await form.getByLabel('Subject').fill('Dear {{ name }}');
    await form
      .getByLabel('HTML', { exact: true })
      .fill(
        '<style>p { color: rgb(1, 2, 3) }</style><body bgcolor="#eeeeee"><p>Dear {{ name }}</p>' +
          '<b style="color: rgb(4, 5, 6)" onclick="alert(1)">{% if points > 100 %}Many{% endif %}</b>' +
          '<img alt="Logo" src="https://example.com/x.png"><script>parent.document.title = "bad"</script>',
      );
    await form.getByLabel('name', { exact: true }).fill('Bob & <Co>');
    await form.getByLabel('points', { exact: true }).fill('120');
    await preview(page).getByText('Dear Bob & <Co>').waitFor();
    await mail(page).getByText('Dear Bob & <Co>').waitFor();
    const colour = (text: string) =>
      mail(page)
        .getByText(text)
        .evaluate((element) => getComputedStyle(element).color);
    expect(await colour('Dear Bob')).toBe('rgb(1, 2, 3)');
    expect(await colour('Many')).toBe('rgb(4, 5, 6)');
    expect(await page.title()).not.toBe('bad');
    await form.getByLabel('Plain text').fill('Dear {{ name');
    await preview(page)
      .getByText(/^text, line 1: /)
      .waitFor();
    await form.getByLabel('Plain text').fill('Dear {{ name }}');
    await button(page, 'Save as a new version').click();
    await page.getByRole('row', { name: /^spring en Dear \{\{ name \}\} 1 / }).waitFor();
    const stored = await runner.get('/mail/template?name=spring&language=en');
    expect(stored.sample).toEqual({ name: 'Bob & <Co>', points: 120 });
  });

  test('a template is changed, its older versions can be seen, and a conflict is told', async () => {
    await haveTemplate(runner, 'changed');
    await page.reload();
    const change = button(page, 'Change: changed, en');
    await change.click();
    const form = editor(page, 'Change “changed” (en)');
    await form.getByLabel('Subject').fill('Hello {{ name }}');
    await form.getByLabel('may be missing: name').check();
    await form.getByText('has no value').waitFor();
    await form.getByLabel('may be missing: name').uncheck();
    await button(page, 'Save as a new version').click();
    await page.getByRole('row', { name: /^changed en Hello .* 2 / }).waitFor();
    await change.click();
    await form.getByLabel('Version').selectOption('1');
    await form.getByText('These are the texts of version 1.').waitFor();
    await expect.poll(() => form.getByLabel('Subject').inputValue()).toBe('Welcome, {{ name }}');
    await mail(page).getByRole('heading', { name: 'Dear Ann' }).waitFor();
    // Somebody else is faster.
    const stored = await runner.get('/mail/template?name=changed&language=en');
    const texts = { ...stored.texts, subject: 'Hi {{ name }}' };
    const { name, language, version, sample } = stored;
    await runner.put('/mail/template', { name, language, version, sample, texts });
    await button(page, 'Save as a new version').click();
    await form.getByText('Somebody else has changed this template meanwhile.').waitFor();
    await button(page, 'Show the latest version').click();
    await expect.poll(() => form.getByLabel('Subject').inputValue()).toBe('Hi {{ name }}');
    await button(page, 'Cancel').click();
    expect(await form.count()).toBe(0);
  });

  test('what new members get is set, and taken away', async () => {
    await setNotify(runner, null);
    await page.reload();
    await page.getByLabel(/^Template\s*Leave/).fill('changed');
    await page.getByLabel('Language').fill('en');
    await page.getByLabel('Sender’s name').fill('Our Shop');
    await page.getByLabel('Replies go to').fill('nobody');
    await button(page, /^Save$/).click();
    await page.getByText('notify.reply_to: must be an e-mail address').waitFor();
    await page.getByLabel('Replies go to').fill('shop@example.com');
    await page.getByLabel(/^If it is not known/).selectOption('resend');
    await button(page, /^Save$/).click();
    await page.getByText('Saved.').waitFor();
    const set = {
      template: 'changed',
      language: 'en',
      from_name: 'Our Shop',
      reply_to: 'shop@example.com',
      on_unknown: 'resend',
    };
    expect((await runner.get('/station/config')).notify).toEqual(set);
    // Somebody else is faster.
    await setNotify(runner, { ...set, from_name: 'Other' });
    await page.getByLabel(/^Template\s*Leave/).fill('');
    await button(page, /^Save$/).click();
    await button(page, 'Show the current settings').click();
    await expect.poll(() => page.getByLabel('Sender’s name').inputValue()).toBe('Other');
    await page.getByLabel(/^Template\s*Leave/).fill('');
    await button(page, /^Save$/).click();
    await page.getByText('Saved.').waitFor();
    expect((await runner.get('/station/config')).notify).toBeNull();
  });

  test('addresses are suppressed and released', async () => {
    await page.getByText('No addresses.').waitFor();
    await page.getByLabel('E-mail address').fill('nobody');
    await button(page, 'Add').click();
    await page.getByText('address: must be an e-mail address').waitFor();
    await page.getByLabel('E-mail address').fill('Bob@Example.com');
    await button(page, 'Add').click();
    await page.getByRole('row', { name: /^bob@example.com Added by the station / }).waitFor();
    await button(page, 'Release: bob@example.com').click();
    await button(page, 'Yes, release it').click();
    await page.getByText('No addresses.').waitFor();
    expect((await runner.get('/mail/suppressions')).suppressions).toEqual([]);
  });

  test('a missing scope is a sentence and no error', async () => {
    const refuse = (pattern: RegExp, method: string, scope: string) =>
      page.route(pattern, (route) =>
        route.request().method() === method
          ? route.fulfill({
              status: 403,
              json: { code: 40301, msg: `the token lacks the scope ${scope}`, data: null },
            })
          : route.continue(),
      );
    await haveTemplate(runner, 'shown');
    await refuse(/\/mail\/suppressions/, 'GET', 'mail:send');
    await refuse(/\/mail\/template$/, 'PUT', 'station:admin');
    await page.reload();
    await page.getByText('it lacks the scope mail:send').waitFor();
    await button(page, 'Change: shown, en').click();
    await button(page, 'Save as a new version').click();
    await page.getByText('it lacks the scope station:admin').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

describe.each(LOOKS)('$theme, $language, $width pixels', ({ theme, language, width }) => {
  test('the settings of e-mails have no violation and fit', async () => {
    await haveTemplate(runner, 'shown');
    await runner.put('/mail/suppression', { address: 'bo@example.com', suppressed: true });
    const context = await browser.newContext({
      colorScheme: theme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      viewport: { width, height: 800 },
    });
    const page = await signedIn(context, runner, PATH);
    await page.getByRole('button', { name: /: shown, en$/ }).click();
    await mail(page).getByRole('heading', { name: 'Dear Ann' }).waitFor();
    await page.getByText('bo@example.com').waitFor();
    await settled(page);
    await shoot(page, `mails-${theme}-${language}-${width}`);
    expect(await violations(page)).toEqual([]);
    expect(await isWide(page)).toBe(false);
    if (language === 'zh') expect(await page.locator('main [lang=en]').count()).toBe(0);
    expect(faultsOf(page)).toEqual([]);
    await context.close();
  });
});
