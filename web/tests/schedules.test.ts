// The schedules of a station among its settings: set up, changed, turned off and deleted, against the real
// system.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { faultsOf, open, signedIn } from './harness/browser';
import { isWide, LOOKS, settled, shoot, violations } from './harness/looks';
import { Runner } from './harness/runner';

let browser: Browser;
let runner: Runner;

beforeAll(async () => {
  browser = await open();
  runner = await Runner.start();
});
afterAll(async () => {
  await browser.close();
  await runner.stop();
});

const PATH = '/settings?part=schedules';
const item = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

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
    for (const { name } of (await runner.get('/station/schedules')).schedules) {
      await fetch(`${runner.url}/station/schedules/${name}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${runner.token}` },
      });
    }
  });

  test('a schedule is set up, changed, turned off and deleted', async () => {
    await page.getByRole('heading', { name: 'No schedules yet' }).waitFor();
    await page.getByRole('button', { name: 'New schedule' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('A name has 1 to 32 lower-case letters').waitFor();
    await page.getByLabel('Name').fill('nightly');
    await page.getByLabel('Business').selectOption({ label: 'Staff' });
    await page.getByLabel('Time', { exact: true }).fill('03:15');
    await page.getByLabel('Time zone').fill('Asia/Shanghai');
    await page.getByLabel('Monday').check();
    await page.getByLabel('Only on these days of the month').fill('1-7');
    await page.getByText('Monday on day 1-7 of each month, at 03:15').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    const nightly = item(page, 'nightly');
    await nightly.getByText('Monday on day 1-7 of each month, at 03:15 (Asia/Shanghai)').waitFor();
    await nightly.getByText('Export of Staff, CSV').waitFor();
    await nightly.getByText('none yet').waitFor();
    const stored = await runner.get('/station/schedules/nightly');
    expect(stored.when).toEqual({
      time: '03:15',
      days: [1, 2, 3, 4, 5, 6, 7],
      weekdays: ['monday'],
    });
    expect(stored.time_zone).toBe('Asia/Shanghai');

    await nightly.getByRole('button', { name: 'Change: nightly' }).click();
    const form = page.getByRole('form', { name: 'Change “nightly”' });
    await form.getByLabel('Monday').uncheck();
    await form.getByLabel('Only on these days of the month').fill('last, 32');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Write days from 1 to 31, or last').waitFor();
    await form.getByLabel('Only on these days of the month').fill('last');
    await form.getByRole('button', { name: 'Save' }).click();
    await nightly.getByText('The last day of each month, at 03:15').waitFor();

    await nightly.getByRole('button', { name: 'Turn off: nightly' }).click();
    await nightly.getByText('none while it is off').waitFor();
    expect((await runner.get('/station/schedules/nightly')).enabled).toBe(false);
    await nightly.getByRole('button', { name: 'Turn on: nightly' }).click();
    await nightly.getByRole('button', { name: 'Turn off: nightly' }).waitFor();

    await nightly.getByRole('button', { name: 'Delete: nightly' }).click();
    await page.getByRole('button', { name: 'No, keep it' }).click();
    await nightly.getByRole('button', { name: 'Delete: nightly' }).click();
    await page.getByRole('button', { name: 'Yes, delete it' }).click();
    await page.getByRole('heading', { name: 'No schedules yet' }).waitFor();
    expect((await runner.get('/station/schedules')).schedules).toEqual([]);
  });

  test('a change keeps the conditions of an export that the form does not show', async () => {
    const task = { export: { business: 'member_import', filter: { points: { from: 5 } } } };
    await runner.put('/station/schedules/filtered', { when: { time: '01:00' }, task });
    await page.reload();
    await item(page, 'filtered').getByText('Export of Members, CSV · 1 condition').waitFor();
    await page.getByRole('button', { name: 'Change: filtered' }).click();
    await page.getByText('Its columns and conditions stay as they are.').waitFor();
    await page.getByLabel('Time', { exact: true }).fill('01:30');
    await page.getByRole('button', { name: 'Save' }).click();
    await item(page, 'filtered').getByText('Every day, at 01:30').waitFor();
    const stored = await runner.get('/station/schedules/filtered');
    expect(stored.task.export.filter).toEqual(task.export.filter);
  });

  test('a schedule of another kind is shown, and stays what it is when it is changed', async () => {
    const tasks = {
      monthly: { evaluate: {} },
      delivered: {
        import: { business: 'member_import', object_key: 'inbox/demo/.staged/members.csv' },
      },
    };
    for (const [name, task] of Object.entries(tasks)) {
      await runner.put(`/station/schedules/${name}`, { when: { time: '01:00' }, task });
    }
    await page.reload();
    await item(page, 'monthly').getByText('Evaluation').waitFor();
    await item(page, 'delivered').getByText('Import: inbox/demo/.staged/members.csv').waitFor();
    await page.getByRole('button', { name: 'Change: delivered' }).click();
    await page.getByLabel('Time', { exact: true }).fill('01:30');
    await page.getByRole('button', { name: 'Save' }).click();
    await item(page, 'delivered').getByText('Every day, at 01:30').waitFor();
    const stored = (await runner.get('/station/schedules/delivered')).task.import;
    expect(stored).toMatchObject(tasks.delivered.import);
    // Another kind begins with an example of its own.
    await page.getByRole('button', { name: 'Change: monthly' }).click();
    await page.getByLabel('What does it start?').selectOption({ label: 'Reconciliation' });
    expect(await page.getByLabel('The task as JSON').inputValue()).toContain('"months": 3');
    await page.getByRole('button', { name: 'Save' }).click();
    await item(page, 'monthly').getByText('Reconciliation').waitFor();
  });

  test("a service's task is JSON, and what the API refuses is said", async () => {
    await page.getByRole('button', { name: 'New schedule' }).click();
    await page.getByLabel('Name').fill('tiers');
    await page.getByLabel('What does it start?').selectOption({ label: 'Task of a service' });
    const body = page.getByLabel('The task as JSON');
    await body.fill('{"name":');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('This is no JSON object.').waitFor();
    const add = { name: 'tiers', business_id: 't', business_name: 'Tiers', type: 2, input: {} };
    await body.fill(JSON.stringify(add));
    await page.locator('summary', { hasText: 'Only in these months' }).click();
    await page.getByLabel('Feb').check();
    await page.getByLabel('Only on these days of the month').fill('30');
    await page.getByRole('button', { name: 'Save' }).click();
    // The console's own token may not start tasks of services: that is a sentence and no error.
    await page.getByText('it lacks the scope task:service').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.getByLabel('What does it start?').selectOption({ label: 'Export' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('this schedule never fires').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { name: 'No schedules yet' }).waitFor();
  });

  test('the last run has its task, or says why there is none', async () => {
    const task = { export: { business: 'member_import' } };
    for (const name of ['good', 'lost']) {
      await runner.put(`/station/schedules/${name}`, { when: { time: '01:00' }, task });
    }
    await page.route(/\/station\/schedules$/, async (route) => {
      const body = await (await route.fetch()).json();
      const due_at = '2026-11-20T01:00:00Z';
      const [good, lost] = body.data.schedules;
      good.last = { due_at, task_id: 892838422567319, problem: null };
      lost.last = {
        due_at,
        task_id: null,
        problem: 'its id belongs to task 7, which is another one',
      };
      await route.fulfill({ json: body });
    });
    await page.reload();
    const link = item(page, 'good').getByRole('link', { name: 'Task 892838422567319' });
    expect(await link.getAttribute('href')).toBe('/tasks/892838422567319');
    await item(page, 'lost').getByText('it started no task. its id belongs to task 7').waitFor();
  });

  test('a missing scope is a sentence and no error', async () => {
    await page.route(/\/station\/schedules/, (route) =>
      route.fulfill({
        status: 403,
        json: { code: 40301, msg: 'the token lacks the scope station:admin', data: null },
      }),
    );
    await page.reload();
    await page.getByText('it lacks the scope station:admin').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'New schedule' }).count()).toBe(0);
    // The other settings are there all the same.
    await page.getByRole('link', { name: 'Files' }).click();
    await page.getByLabel('Time zone').waitFor();
  });
});

const PAGES: [string, (page: Page) => Promise<void>][] = [
  ['schedules', async (page) => void (await page.locator('section.schedule').nth(1).waitFor())],
  [
    'schedule-form',
    async (page) => {
      await page.locator('main .head button').click();
      await page.locator('form.schedule summary').click();
      await page.locator('form.schedule button[type=submit]').click();
      await page.getByRole('alert').waitFor();
    },
  ],
  [
    'schedule-service',
    async (page) => {
      await page.locator('main .head button').click();
      await page.locator('form.schedule select').first().selectOption('add');
      await page.locator('textarea').waitFor();
    },
  ],
  [
    'schedule-asked',
    async (page) => {
      await page.locator('section.schedule .quiet').first().click();
      await page.getByRole('alertdialog').waitFor();
    },
  ],
];

describe.each(LOOKS)('$theme, $language, $width pixels', ({ theme, language, width }) => {
  beforeAll(async () => {
    const filter = { points: { from: 5 }, tier: 'gold' };
    await runner.put('/station/schedules/nightly-members', {
      when: { time: '02:30', weekdays: ['monday', 'friday'] },
      time_zone: 'Asia/Shanghai',
      task: { export: { business: 'member_import', filter } },
    });
    await runner.put('/station/schedules/tiers', {
      when: { time: '23:00', days: [-1], months: [3, 6, 9, 12] },
      enabled: false,
      task: {
        add: { name: 'tiers', business_id: 't', business_name: 'Tiers', type: 2, input: {} },
      },
    });
  });

  test.each(PAGES)('%s has no violation and fits', async (name, show) => {
    const context = await browser.newContext({
      colorScheme: theme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      viewport: { width, height: 800 },
    });
    const page = await signedIn(context, runner, PATH);
    await page.locator('section.schedule').nth(1).waitFor();
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
