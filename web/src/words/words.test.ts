import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { en } from './en';
import { zh } from './zh';

const leaves = (words: object, path = ''): [string, unknown][] =>
  Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null
      ? leaves(value, `${path}${key}.`)
      : [[`${path}${key}`, value] as [string, unknown]],
  );

const ROOT = join(import.meta.dirname, '../../..');

test('both languages say the same things', () => {
  const names = (words: object) =>
    leaves(words)
      .map(([name]) => name)
      .filter((name) => !name.startsWith('instead'))
      .sort();
  expect(names(zh)).toEqual(names(en));
});

test('nothing is left in English, and nothing is left out', () => {
  const english = new Map(leaves(en));
  // The name of the other language, and what has no words.
  const same = ['look.other', 'look.otherLabel'];
  for (const [name, text] of leaves(zh)) {
    if (typeof text !== 'string') continue;
    expect(text, name).not.toBe('');
    if (!same.includes(name)) expect(text, name).not.toBe(english.get(name));
  }
});

test('every code of a row has a title in both languages, and in Chinese what to do', () => {
  const page = readFileSync(join(ROOT, 'docs/definitions.md'), 'utf8');
  const section = page.split('## Codes of row errors')[1]?.split('\n## ')[0] ?? '';
  const source = readFileSync(join(ROOT, 'domain/basics/src/problem.rs'), 'utf8');
  const codes = [...source.matchAll(/Self::\w+ => "(\w+)"/g)].map(([, code]) => code as string);
  expect(codes.length).toBeGreaterThan(15);
  for (const code of codes) {
    expect(section).toContain(`\`${code}\``);
    expect(en.codes[code], code).toBeTruthy();
    expect(zh.codes[code], code).toBeTruthy();
    expect(zh.instead?.hints[code]?.(), code).toMatch(/\p{Script=Han}.*。$/u);
  }
});

test('every state and rule that the API names has words in both languages', () => {
  const api = JSON.parse(readFileSync(join(ROOT, 'infra/openapi.json'), 'utf8'));
  const named = (schema: string): string[] =>
    api.components.schemas[schema].oneOf.map((one: { const: string }) => one.const);
  for (const words of [en, zh]) {
    for (const name of named('Waiting')) expect(words.task.waiting[name], name).toBeTruthy();
    for (const name of named('ChunkState')) expect(words.task.chunkStates[name], name).toBeTruthy();
    for (const name of named('OnDuplicate')) expect(words.import.rules[name], name).toBeTruthy();
    for (const status of [1, 2, 3, 4, 5]) expect(words.status[status]).toBeTruthy();
  }
});

test('every code of the API that people can do something about has words in Chinese', () => {
  const page = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');
  const codes = [...page.matchAll(/^\| (4\d{4}) \|/gm)].map(([, code]) => Number(code));
  expect(codes.length).toBeGreaterThan(5);
  // Those two have words of their own: a new token, or one with more rights.
  const others = codes.filter((code) => code !== 40101 && code !== 40301);
  for (const code of others) expect(zh.instead?.refusals[code], String(code)).toBeTruthy();
});

test('numbers, times and sums read well', () => {
  expect(en.f.bytes(999)).toBe('999 B');
  expect(en.f.bytes(107_700_000)).toBe('108 MB');
  expect(en.f.bytes(1_500)).toBe('1.5 kB');
  expect(en.f.seconds(0.577)).toBe('0.6 s');
  expect(en.f.seconds(186)).toBe('3 min 6 s');
  expect(zh.f.seconds(7_260)).toBe('2 小时 1 分');
  expect(en.f.dollars(0.000059)).toBe('$0.000059');
  expect(en.f.dollars(0.588721)).toBe('$0.59');
  expect(en.f.dollars(0)).toBe('$0.00');
  expect(en.rows.count(1)).toBe('1 row');
  expect(en.rows.count(700_000)).toBe('700,000 rows');
  expect(en.f.points('-1234567.5000000000000000001')).toBe('-1,234,567.5000000000000000001');
  expect(en.f.points('0')).toBe('0');
  expect(en.f.month('2026-01')).toBe('Jan 2026');
  expect(zh.f.month('2026-01')).toBe('2026年1月');
  expect(en.f.day('2026-01-31')).toBe('Jan 31');
  expect(zh.f.day('2026-01-31')).toBe('1月31日');
});
