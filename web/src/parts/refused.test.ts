import { expect, test, vi } from 'vitest';
import { Refusal } from '../api/refusal';

vi.stubGlobal('navigator', { language: 'en' });
vi.stubGlobal('document', { documentElement: { dataset: {} } });
const { isDenied, isNotThere, scopeIn, taskNamedIn } = await import('./refused');

test('a missing scope and what is not there are told from other refusals', () => {
  expect(isDenied(new Refusal(40301, 'the token lacks the scope'))).toBe(true);
  expect(isDenied(new Refusal(40901, 'a conflict'))).toBe(false);
  expect(isNotThere(new Refusal(40401, 'no such member'))).toBe(true);
  expect(isDenied(null)).toBe(false);
});

test('a refusal names the task that is in the way', () => {
  const running = 'an evaluation of 2026-10 is running as task 892838422567319: wait';
  expect(taskNamedIn(running)).toBe(892838422567319);
  expect(taskNamedIn('period: 2026-12 is in the future')).toBeNull();
});

test('a refusal names the scope that is lacking', () => {
  const lacks = new Refusal(40301, 'the token lacks the scope task:write or task:service');
  expect(scopeIn(lacks)).toBe('task:write or task:service');
  expect(scopeIn(new Refusal(40301, 'the token has no valid station_id'))).toBeNull();
});
