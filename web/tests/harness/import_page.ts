// What tests of the import page begin with: a browser, a runner, and for each test a page that somebody is signed in
// on. A page that logs an error fails its test.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { card, faultsOf, open, signedIn } from './browser';
import { Files } from './files';
import { Runner } from './runner';

let browser: Browser;
export let runner: Runner;
export let context: BrowserContext;
export let page: Page;
export const files = new Files();

/** Sets up the tests of a file. Those whose imports would meet have a runner `each`, others share one. */
export function onImportPage(runners: 'each' | 'one'): void {
  beforeAll(async () => {
    browser = await open();
    if (runners === 'one') runner = await Runner.start();
  });
  afterAll(async () => {
    await browser.close();
    if (runners === 'one') await runner.stop();
    files.remove();
  });
  beforeEach(async () => {
    if (runners === 'each') runner = await Runner.start();
    context = await browser.newContext({ acceptDownloads: true });
    page = await signedIn(context, runner, '/import');
  });
  afterEach(async () => {
    const faults = faultsOf(page);
    await context.close();
    if (runners === 'each') await runner.stop();
    expect(faults).toEqual([]);
  });
}

/** The button that starts the import of a file. */
export const start = (name: string) =>
  card(page, name).getByRole('button', { name: 'Start the import', exact: true });
