import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonInChinese } from './zh_reasons';

const ROOT = join(import.meta.dirname, '../../..');
// A sentence of several lines ends each with a backslash.
const source = (path: string) => readFileSync(join(ROOT, path), 'utf8').replace(/\\\n\s*/g, '');
const say = (sentence: string) => reasonInChinese(sentence, (column) => column);

test('every reason of an evaluation or a reconciliation has words in Chinese', () => {
  const table = source('domain/task/src/reason/table.rs').split('// Of a reconciliation.')[1] ?? '';
  const part = table.split('// Of an undo.')[0] ?? '';
  const patterns = [...part.matchAll(/\(\s*"[a-z_]+",\s*"((?:[^"\\]|\\.)+)",?\s*\)/g)];
  expect(patterns.length).toBeGreaterThan(6);
  for (const [, pattern] of patterns) {
    const sentence = (pattern as string).replace('{period}', '2026-01').replace(/\{[^}]*\}/g, '7');
    expect(say(sentence), sentence).toMatch(/\p{Script=Han}.*。$/u);
  }
});

test('every month that is refused has words in Chinese', () => {
  const files = ['evaluation.rs', 'month.rs'].map((file) => source(`domain/scores/src/${file}`));
  const errors = [...files.join().matchAll(/#\[error\(\s*"((?:[^"\\]|\\.)+)"/g)];
  const months = errors
    .map(([, error]) => error as string)
    .filter((error) => /period:|from/.test(error));
  expect(months.length).toBe(4);
  for (const month of months) {
    const sentence = month.replace('{most}', '36').replace(/\{[^}]*\}/g, '2026-01');
    expect(say(sentence), sentence).toMatch(/\p{Script=Han}.*。$/u);
  }
});

test('months are written as people write them', () => {
  expect(say('period: 2026-01 is in the future')).toBe('2026年1月还没有开始，无法评定。');
  expect(say('an evaluation of 2026-10 is running as task 7: wait until it has ended')).toBe(
    '2026年10月的评定正在进行（任务 7）：请等它结束，或取消它。',
  );
});
