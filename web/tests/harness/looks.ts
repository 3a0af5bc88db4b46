// How a page looks and for whom it works: what every page is looked at for, in both themes and languages.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where pictures of all pages go, if anywhere. */
const SHOTS = process.env.SCREENSHOTS;

export const LOOKS = [
  { theme: 'light', language: 'en', width: 1200 },
  { theme: 'dark', language: 'en', width: 1200 },
  { theme: 'light', language: 'zh', width: 1200 },
  { theme: 'dark', language: 'zh', width: 390 },
  { theme: 'light', language: 'en', width: 390 },
] as const;

/** What is wrong for people who cannot see, or cannot see well. */
export async function violations(page: Page): Promise<string[]> {
  // Through the debugger: the page's own policy allows no script from elsewhere.
  const found = await page.evaluate(`${axe}
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.map((one) =>
        one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')))`);
  return found as string[];
}

/** Whether the page is wider than the window. */
export const isWide = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

/** Takes a picture of the whole page. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

/** Waits until what is read is there. */
export const settled = async (page: Page) => {
  await page.waitForFunction(() => !document.querySelector('.skeleton, .looking'));
};
