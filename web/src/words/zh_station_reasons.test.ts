import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonInChinese } from './zh_reasons';

const ROOT = join(import.meta.dirname, '../../..');
const say = (sentence: string) => reasonInChinese(sentence, (column) => column);

test('every way in which a schedule is refused has words in Chinese', () => {
  const files = ['lib', 'when', 'task/mod'].map((name) =>
    readFileSync(join(ROOT, `domain/schedules/src/${name}.rs`), 'utf8'),
  );
  const errors = [...files.join().matchAll(/#\[error\(\s*"((?:[^"\\]|\\.)+)"/g)];
  expect(errors.length).toBeGreaterThan(9);
  for (const [, error] of errors) {
    // Those of the task itself, and one that nobody can cause.
    if (
      error === 'task: {0}' ||
      error?.startsWith('task: business:') ||
      error?.includes('cannot be written as JSON')
    )
      continue;
    const sentence = (error as string).replace(/\{[^}]*\}/g, '7');
    expect(say(sentence), sentence).toMatch(/\p{Script=Han}.*。$/u);
  }
});

test('what the task of a schedule is refused with is said as of the task itself', () => {
  expect(say('task: business: `nope` is not a known business; there are: x')).toBe(
    '没有“nope”这种导入。',
  );
  expect(say('task: filter: column `name`: something new')).toContain('（something new）');
  expect(say('task: something new')).toBeNull();
});

test('a webhook that is gone is said to be gone', () => {
  expect(say('the webhook `back-office` was removed or disabled: set it up again first')).toBe(
    'Webhook“back-office”已移除或停用：请先重新设置。',
  );
});
