// The pictures of the README: `PICTURES=1 npm run browser -- pictures` takes them anew.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { choose, ended, open, openedTask, signedIn } from './harness/browser';
import { Files } from './harness/files';
import { Runner } from './harness/runner';

const FOLDER = '../docs/console';

test.skipIf(!process.env.PICTURES)(
  'pictures are taken',
  async () => {
    const runner = await Runner.start();
    const browser = await open();
    const files = new Files();
    const look = (language: string, colorScheme: 'light' | 'dark', width: number, height: number) =>
      browser.newContext({
        viewport: { width, height },
        locale: language,
        colorScheme,
        deviceScaleFactor: width < 500 ? 2 : 1,
        timezoneId: 'Asia/Shanghai',
      });
    const shoot = (page: Page, name: string) => page.screenshot({ path: `${FOLDER}/${name}.png` });

    const page = await signedIn(await look('en-GB', 'light', 1180, 860), runner, '/import');
    const bad = ['--bad-percent', '4', '--duplicate-percent', '2'];
    await choose(page, files.members('members.csv', 60_000, ...bad));
    await page.getByText(/about [\d,]+ rows, /).waitFor();
    await page.getByRole('heading', { name: 'members.csv' }).scrollIntoViewIfNeeded();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await shoot(page, 'import');
    await page.getByRole('button', { name: 'Start the import' }).click();
    await openedTask(page);
    await ended(page, 'Partly imported', 240_000);
    await page.locator('.rows tbody tr').first().waitFor();
    // The bar has come to its end by then.
    await page.waitForTimeout(600);
    await shoot(page, 'task');

    await page.goto(`${runner.url}/import?business=staff_import`);
    await choose(page, files.write('staff.csv', 'staff_no,name\nS1,Ann\nS2,王小明\n'));
    await page.getByRole('button', { name: 'Start the import' }).click();
    await openedTask(page);
    await ended(page, 'Finished');
    await page.goto(`${runner.url}/import`);
    await choose(page, files.members('members-2.csv', 60_000, '--seed', '7'));
    await page.getByRole('button', { name: 'Start the import' }).click();
    await openedTask(page);
    const phone = await signedIn(await look('zh-CN', 'dark', 390, 760), runner);
    await expect
      .poll(() => phone.locator('.speed').textContent(), { timeout: 120_000 })
      .toMatch(/[1-9]\d* 行\/秒/);
    await shoot(phone, 'tasks');
    await browser.close();
    await runner.stop();
    files.remove();
  },
  480_000,
);
