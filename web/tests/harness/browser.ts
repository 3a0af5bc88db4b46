// A real Chromium, and what people do with the console in it.

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Runner } from './runner';

export const open = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A page whose headers a test has changed is of no known address, and might not ask this machine.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  });

/** What the page said in its console that should not be there: errors, and refusals of its policy. */
const faults = new WeakMap<Page, string[]>();
export const faultsOf = (page: Page): string[] => faults.get(page) ?? [];

/** A page that is signed in, and notes what it asks for elsewhere. */
export async function signedIn(
  context: BrowserContext,
  runner: Runner,
  path = '/tasks',
): Promise<Page> {
  const page = await context.newPage();
  const said: string[] = [];
  faults.set(page, said);
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('console', (message) => {
    const text = message.text();
    // What Chromium says of an answer with another status than 200, or of none, is expected.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) said.push(text);
  });
  page.on('request', (request) => {
    const isOurs = request.url().startsWith(runner.url) || /^(blob|data):/.test(request.url());
    if (!isOurs) said.push(`asked ${request.url()}`);
  });
  const link = new URL(runner.link);
  await page.goto(`${runner.url}${path}${link.hash}`);
  await page.locator('header nav').waitFor();
  return page;
}

/** Chooses files on the import page. */
export async function choose(page: Page, ...paths: string[]): Promise<void> {
  await page.locator('.drop input[type=file]').setInputFiles(paths);
}

export const card = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

/** The number of the task whose page is open. */
export async function openedTask(page: Page): Promise<number> {
  await page.waitForURL(/\/tasks\/\d+$/);
  return Number(new URL(page.url()).pathname.split('/').pop());
}

/** Waits until the page of a task says how it ended. */
export async function ended(page: Page, word: string, timeout = 90_000): Promise<void> {
  await page.locator('main .badge', { hasText: word }).first().waitFor({ timeout });
}
