import { expect, test } from 'vitest';
import { fingerprint, userTaskId, type Wanted } from './identity';

const file = (content: string, name = 'a.csv', lastModified = 1) =>
  new File([content], name, { lastModified });
const wanted: Wanted = {
  station: 'demo',
  business: 'member_import',
  fingerprint: 'f',
  options: { on_duplicate: 'skip', mapping: { name: 'B', member_no: 'A' } },
  repeat: false,
  attempt: 0,
};

test('the same file is known again, and others are not', async () => {
  const first = await fingerprint(file('content'));
  expect(await fingerprint(file('content'))).toBe(first);
  expect(await fingerprint(file('contenu'))).not.toBe(first);
  expect(await fingerprint(file('content', 'b.csv'))).not.toBe(first);
  expect(await fingerprint(file('content', 'a.csv', 2))).not.toBe(first);
});

test('the ends of a large file count', async () => {
  const large = 'x'.repeat(300_000);
  const first = await fingerprint(file(`${large}1`));
  expect(await fingerprint(file(`${large}2`))).not.toBe(first);
});

test('the same import has the same id however its options are ordered', async () => {
  const mapping = { member_no: 'A', name: 'B' };
  const id = await userTaskId(wanted);
  expect(await userTaskId({ ...wanted, options: { mapping, on_duplicate: 'skip' } })).toBe(id);
  expect(id).toMatch(/^web-[0-9a-f]{40}$/);
});

test('all that makes an import another one makes another id', async () => {
  const id = await userTaskId(wanted);
  const others: Partial<Wanted>[] = [
    { station: 'other' },
    { business: 'staff_import' },
    { fingerprint: 'g' },
    { options: { ...wanted.options, dry_run: true } },
    { options: { ...wanted.options, mapping: { name: 'A', member_no: 'B' } } },
    { repeat: true },
    { attempt: 1 },
  ];
  const ids = await Promise.all(others.map((other) => userTaskId({ ...wanted, ...other })));
  expect(new Set([id, ...ids]).size).toBe(others.length + 1);
});
