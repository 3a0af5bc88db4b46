// A file that comes again, next month: its columns are taken from the fields that were chosen before.

import { expect, test } from 'vitest';
import { card, choose, ended, openedTask } from './harness/browser';
import { files, onImportPage, page, runner, start } from './harness/import_page';
import { isWide, violations } from './harness/looks';
import { workbook } from './harness/workbook';

const SAID = 'The column mapping from your last file with these fields is applied.';

onImportPage('one');

/** Starts an import and returns the mapping that it has. */
async function mappingOf(name: string): Promise<unknown> {
  await start(name).click();
  const taskId = await openedTask(page);
  await ended(page, 'Finished');
  return (await runner.get(`/task/get?task_id=${taskId}`)).input.options.mapping;
}

test('what was chosen by hand is chosen again for the next file, and can be chosen anew', async () => {
  await choose(page, files.write('march.csv', 'Karte,Kunde,Extra\nR1,Ann,x\n'));
  const first = card(page, 'march.csv');
  await first.getByText('Choose the field for').waitFor();
  expect(await first.getByText(SAID).count()).toBe(0);
  await first.getByLabel(/ member_no /).selectOption({ label: 'Karte' });
  await first.getByLabel(/ name /).selectOption({ label: 'Kunde' });
  const mapping = { member_no: 'Karte', name: 'Kunde' };
  expect(await mappingOf('march.csv')).toEqual(mapping);
  // Another order of the fields, and a tab that knows nothing of the first file.
  await page.goto(`${runner.url}/import`);
  await choose(page, files.write('april.csv', 'Kunde,Extra,Karte\nBo,x,R2\n'));
  const next = card(page, 'april.csv');
  await next.getByText(SAID).waitFor();
  await next.getByText('2 columns matched').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await isWide(page)).toBe(false);
  await page.setViewportSize({ width: 1200, height: 800 });
  await next.getByRole('button', { name: 'Clear the mapping' }).click();
  await next.getByText('Choose the field for').waitFor();
  expect(await next.getByText(SAID).count()).toBe(0);
  expect(await start('april.csv').isDisabled()).toBe(true);
  await next.getByRole('button', { name: 'Remove', exact: true }).click();
  await choose(page, files.write('april.csv', 'Kunde,Extra,Karte\nBo,x,R2\n'));
  await card(page, 'april.csv').getByText(SAID).waitFor();
  expect(await mappingOf('april.csv')).toEqual(mapping);
});

test('so it is with a sheet whose header is below a title', async () => {
  const book = (month: string, number: string) =>
    workbook({ S: [[`Stand ${month}`], ['Karte', 'Kunde'], [number, 'Ann']] });
  await choose(page, files.write('march.xlsx', book('März', 'R5')));
  const first = card(page, 'march.xlsx');
  await first.getByLabel('Header in row').selectOption('2');
  await first.getByLabel(/ member_no /).selectOption({ label: 'Karte' });
  await first.getByText('header in row 2').waitFor();
  await first.getByLabel(/ name /).selectOption({ label: 'Kunde' });
  const mapping = { member_no: 'Karte', name: 'Kunde' };
  expect(await mappingOf('march.xlsx')).toEqual(mapping);
  await page.goto(`${runner.url}/import`);
  await choose(page, files.write('may.xlsx', book('Mai', 'R6')));
  await card(page, 'may.xlsx').getByText(SAID).waitFor();
  await card(page, 'may.xlsx').getByText('header in row 2').waitFor();
  expect(await mappingOf('may.xlsx')).toEqual(mapping);
});

test('another browser knows nothing of it', async () => {
  await choose(page, files.write('other.csv', 'Karte,Kunde\nR8,Ann\n'));
  await card(page, 'other.csv').getByText('Choose the field for').waitFor();
  expect(await card(page, 'other.csv').getByText(SAID).count()).toBe(0);
});
