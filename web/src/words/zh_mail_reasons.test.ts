import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonInChinese } from './zh_reasons';

const ROOT = join(import.meta.dirname, '../../..');
// A sentence of several lines ends each with a backslash.
const source = (path: string) => readFileSync(join(ROOT, path), 'utf8').replace(/\\\n\s*/g, '');
const say = (sentence: string) => reasonInChinese(sentence, (column) => column);

test('every reason of a mailing has words in Chinese', () => {
  const table = source('domain/task/src/reason/table.rs').split('// Of a mailing.')[1] ?? '';
  const part = table.split(/\n\s*\/\/ Of /)[0] ?? '';
  const patterns = [...part.matchAll(/\(\s*"[a-z_]+",\s*"((?:[^"\\]|\\.)+)",?\s*\)/g)];
  expect(patterns.length).toBeGreaterThan(13);
  for (const [, pattern] of patterns) {
    const sentence = (pattern as string).replace(/\{[^}]*\}/g, '7');
    expect(say(sentence), sentence).toMatch(/\p{Script=Han}.*。$/u);
  }
});

test('every way in which members cannot be told has words in Chinese', () => {
  const text = source('domain/mail/src/created.rs');
  const errors = [...text.matchAll(/#\[error\(\s*"((?:[^"\\]|\\.)+)"/g)].map(([, error]) => error);
  expect(errors.length).toBe(4);
  const upload = source('functions/upload/src/notify.rs');
  const others = [...upload.matchAll(/"((?:this system|the station's|there is no)[^"]+)"/g)];
  expect(others.length).toBe(3);
  for (const error of [...errors, ...others.map(([, other]) => other)]) {
    const sentence = `options.notify: ${error?.replace(/\{[^}]*\}/g, 'x')}`;
    expect(say(sentence), sentence).toMatch(/\p{Script=Han}.*。$/u);
  }
  const needs =
    'options.notify: the template welcome in en: `m` has no column nick, age, which the';
  expect(say(`${needs} template needs; it has: x`)).toBe('模板需要的变量不是业务的列：nick、age。');
});

test('every way in which a template is refused has words in Chinese', () => {
  const names = ['mail/src/error', 'mail/src/syntax', 'basics/src/notify/name'];
  const files = names.map((name) => source(`domain/${name}.rs`));
  const errors = [...files.join().matchAll(/#\[error\(\s*"((?:[^"\\]|\\.)+)"/g)];
  expect(errors.length).toBeGreaterThan(10);
  for (const [, error] of errors) {
    // What is said in full by another one.
    if (error === 'sample: {0}') continue;
    const sentence = (error as string)
      .replace(/\{part\}|^\{0\}(?=:)/, 'html')
      .replace('{names}', '`x` has')
      .replace(/\{[^}]*\}/g, '7');
    expect(say(sentence), sentence).toMatch(/\p{Script=Han}.*。$/u);
  }
  expect(say('html, line 3: there is no filter `x`')).toBe(
    'HTML第 3 行有误（there is no filter `x`）。',
  );
});

test('the counts of a mailing are said', () => {
  const reason =
    '3 of 9 recipients were not sent to or may not have been (2 failed, 1 unknown): see the list';
  expect(say(reason)).toBe(
    '9 个收件人中有 3 个没有发送或不确定是否已发送（失败 2，未知 1）：请查看未发送名单。',
  );
});
