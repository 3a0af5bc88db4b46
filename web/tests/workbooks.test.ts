// Workbooks and packed files, seen in a real browser before they are sent.

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { card, choose, ended, openedTask } from './harness/browser';
import { files, onImportPage, page, runner, start } from './harness/import_page';
import { parts, workbook, zip } from './harness/workbook';

onImportPage('one');

test('a sheet is chosen, its header mapped by hand, and its rows imported', async () => {
  const book = workbook({
    Notes: [['Nothing to see']],
    Kunden: [['Stand März'], ['Karte', 'Kunde', 'Punkte'], ['X1', 'Ann', 10], ['X2', 'Bo', 20]],
  });
  await choose(page, files.write('kunden.xlsx', book));
  const file = card(page, 'kunden.xlsx');
  await file.getByText('Choose the field for: Member No (member_no), Full Name (name)').waitFor();
  expect(await start('kunden.xlsx').isDisabled()).toBe(true);
  await file.getByLabel('Sheet').selectOption('Kunden');
  await file.getByRole('cell', { name: 'Bo' }).waitFor();
  // No name is known, so that a title could be the header.
  await file.getByLabel('Header in row').selectOption('2');
  await file.getByLabel(/ member_no /).selectOption({ label: 'Karte' });
  await file.getByText('header in row 2').waitFor();
  await file.getByLabel(/ name /).selectOption({ label: 'Kunde' });
  await file.getByLabel(/ points /).selectOption({ label: 'Punkte' });
  await file.getByText('3 columns matched').waitFor();
  await start('kunden.xlsx').click();
  const taskId = await openedTask(page);
  await ended(page, 'Finished');
  const task = await runner.get(`/task/get?task_id=${taskId}`);
  expect(task.rows.succeeded).toBe(2);
  expect(task.detected).toMatchObject({ format: 'xlsx', sheet: 'Kunden', header_row: 2 });
  expect(task.input.options).toMatchObject({
    sheet: 'Kunden',
    mapping: { member_no: 'Karte', name: 'Kunde', points: 'Punkte' },
  });
});

test('a workbook is not read whole to be seen', async () => {
  const noise = (row: number) => Array.from({ length: 8 }, (_, n) => Math.sin(row * 8 + n));
  const rows = Array.from(
    { length: 80_000 },
    (_, row) => `<row><c t="s"><v>${row}</v></c><c><v>${noise(row).join('')}</v></c></row>`,
  );
  const texts = Array.from({ length: 80_000 }, (_, row) => `<si><t>${noise(row)}</t></si>`);
  const path = files.write('long.xlsx', zip(parts(rows.join(''), texts.join(''))));
  expect(readFileSync(path).length).toBeGreaterThan(10_000_000);
  await page.evaluate(() => {
    const { arrayBuffer } = Blob.prototype;
    const counts = { streamed: 0, taken: 0 };
    Object.assign(window, { counts });
    Blob.prototype.arrayBuffer = function () {
      counts.taken += this.size;
      return arrayBuffer.call(this);
    };
    // How much a browser reads of a file before anybody wants it depends on how busy it is. This stream
    // reads a piece when it is asked for one, so that what is counted is what the console asks for.
    Blob.prototype.stream = function () {
      let at = 0;
      return new ReadableStream<Uint8Array<ArrayBuffer>>(
        {
          pull: async (out) => {
            const piece = this.slice(at, at + (1 << 16));
            if (piece.size === 0) return out.close();
            at += piece.size;
            counts.streamed += piece.size;
            out.enqueue(new Uint8Array(await arrayBuffer.call(piece)));
          },
        },
        { highWaterMark: 0 },
      );
    };
    // Nor may a busy machine use up the time that a preview has: here it is about bytes.
    performance.now = () => 0;
  });
  await choose(page, path);
  await card(page, 'long.xlsx').getByLabel('Header in row').waitFor();
  const { streamed, taken } = await page.evaluate(
    () => (window as unknown as { counts: { streamed: number; taken: number } }).counts,
  );
  // Of the sheet and of the texts a piece, and the one that waits behind it until it is unpacked;
  // the other parts are small.
  expect(streamed).toBeGreaterThan(2 << 16);
  expect(streamed).toBeLessThan(6 << 16);
  // The first bytes of the file, which tell what it is, and the directory at its end.
  expect(taken).toBeLessThan(1 << 19);
});

test('a workbook that can not be seen is imported all the same', async () => {
  const book = zip(parts('<row><c t="str"><v>&unknown;</v></c></row>'));
  await choose(page, files.write('odd.xlsx', book));
  await card(page, 'odd.xlsx').getByText('The rows of this workbook can not be shown').waitFor();
  await start('odd.xlsx').click();
  await openedTask(page);
  await ended(page, 'Failed');
  await page.getByText('has an unknown entity').waitFor();
});

test('a packed text is seen unpacked, also where the first bytes are not all', async () => {
  const text = readFileSync(files.members('packed.csv', 20_000));
  const packed = gzipSync(text);
  expect(packed.length).toBeGreaterThan(1 << 18);
  await choose(page, files.write('packed.csv.gz', packed));
  const file = card(page, 'packed.csv.gz');
  await file.getByText('10 columns matched').waitFor();
  await file.getByRole('cell', { name: 'M233981640' }).waitFor();
  expect(await start('packed.csv.gz').isEnabled()).toBe(true);
});
