import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonInChinese } from './zh_reasons';

const ROOT = join(import.meta.dirname, '../../..');
const source = (path: string) =>
  // A sentence of several lines ends each with a backslash.
  readFileSync(join(ROOT, path), 'utf8').replace(/\\\n\s*/g, '');
const called = (column: string) => (column === 'name' ? '姓名 (name)' : column);
const say = (sentence: string) => reasonInChinese(sentence, called);

test('every kind of file that is refused by name has words in Chinese', () => {
  const text = source('shared/formats/src/foreign.rs').split('let (what, advice)')[1] ?? '';
  const kinds = [...text.matchAll(/Self::\w+ => \(\s*"([^"]+)"/g)].map(([, what]) => what);
  expect(kinds.length).toBeGreaterThan(14);
  for (const what of kinds) {
    expect(say(`this is ${what}; something else`), what).toMatch(/^这是.*。$/);
  }
});

test('every way in which a file cannot be read has words in Chinese', () => {
  const files = ['shared/formats/src/error.rs', 'shared/formats/src/find.rs'];
  for (const file of [...files, 'kinds/import/src/plan/open.rs']) {
    const errors = [...source(file).matchAll(/#\[error\(\s*"((?:[^"\\]|\\.)+)"/g)];
    expect(errors.length, file).toBeGreaterThan(1);
    for (const [, error] of errors) {
      // Sentences that come from elsewhere, and one that nobody's file is to blame for.
      if (/^\{|could not be read or written/.test(error as string)) continue;
      const sentence = (error as string).replace(/\{[^}]*\}/g, '7').replaceAll('\\"', '"');
      expect(say(sentence), sentence).toMatch(/\p{Script=Han}.*。$/u);
    }
  }
});

test('every way in which an export fails has words in Chinese', () => {
  const joined = source('kinds/export/src/join.rs');
  const errorsOf = (text: string, name: string) => {
    const part = text.split(`enum ${name} {`)[1]?.split('\n}')[0] ?? '';
    return [...part.matchAll(/#\[error\(\s*"((?:[^"\\]|\\.)+)"/g)].map(([, error]) =>
      (error as string).replace(/\{[^}]*\}/g, '7'),
    );
  };
  const shorts = errorsOf(joined, 'Short');
  expect(shorts.length).toBeGreaterThan(6);
  for (const short of shorts) {
    const said = say(`the export would be short, so there is no file: ${short}`);
    expect(said, short).toMatch(/^导出的数据不完整，因此没有生成文件：.+。请重试。$/);
  }
  const [cell] = errorsOf(source('kinds/export/src/sheet.rs'), 'SheetError');
  expect(cell).toContain('characters');
  const lost = errorsOf(source('kinds/export/src/run.rs'), 'ExportChunkError').slice(1);
  expect(lost.length).toBe(2);
  const chunks = [...lost, 'a fault on our side, which is in the log'].map(
    (why) => `1 of 64 chunks was not exported: ${why}`,
  );
  const large = [
    ...errorsOf(joined, 'JoinError'),
    ...errorsOf(source('kinds/export/src/finish.rs'), 'FinishError'),
  ].filter((error) => error.includes('the rows'));
  expect(large.length).toBe(2);
  for (const reason of [
    'cancelled',
    ...large,
    'the workbook cannot be written: 7',
    'the file could not be made, again and again: 7',
    cell,
    ...chunks,
  ]) {
    expect(say(reason ?? ''), reason).toMatch(/\p{Script=Han}.*。$/u);
  }
  expect(say(chunks[0] ?? '')).toContain('64 个部分中有 1 个没有导出，因此没有生成文件：');
});

test('what the API refuses to export has words in Chinese', () => {
  const wrong = (problem: string) => say(`filter: column \`name\`: ${problem}`);
  expect(wrong('must be a whole number, such as 1200')).toBe(
    '姓名 (name)的条件：请填写整数，例如 1200。',
  );
  expect(wrong('must be one of: bronze, gold')).toContain('bronze、gold。');
  expect(wrong('`from` must not be larger than `to`')).toContain('起始值不能大于结束值');
  expect(wrong('something new')).toContain('（something new）');
  expect(say('`name` is sensitive: it is exported, and')).toContain('data:export');
  const business = 'business: the rows of `points_adjustment` are sent to an endpoint and';
  expect(say(business)).toContain('无法导出');
});

test('columns are called by their titles', () => {
  const reason =
    'the header lacks the required columns `member_no`, `name`: found `x`, `y z`. Add the column';
  expect(say(reason)).toContain('member_no、姓名 (name)。文件中的列：x、y z。');
  const twice =
    'the headers `Name` and `姓名` both mean the column `name`: keep one, or map the one';
  expect(say(twice)).toBe('“Name”和“姓名”都对应列 姓名 (name)：请只保留一个，或指定其中一个。');
});

test('what is not known stays in the words of the API', () => {
  expect(say('the books do not balance: 1 row too many')).toBeNull();
});

test('every way in which an undo fails has words in Chinese', () => {
  const table = source('domain/task/src/reason/table.rs').split('// Of an undo.')[1] ?? '';
  const part = table.split(/\n\s*\/\/ /)[0] ?? '';
  const patterns = [...part.matchAll(/\(\s*"[a-z_]+",\s*"((?:[^"\\]|\\.)+)",?\s*\)/g)];
  expect(patterns.length).toBeGreaterThan(18);
  for (const [, pattern] of patterns) {
    const sentence = (pattern as string)
      .replace('{what}', 'file')
      .replace('{tasks}', 'tasks 7, 8')
      .replace(/\{[^}]*\}/g, '7');
    expect(say(sentence), sentence).toMatch(/\p{Script=Han}.*。$/u);
  }
  expect(say('corrected files continue task 5: undo tasks 7, 8 first')).toContain('7、8');
});
