import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Pace, pauseMs, poll } from './polling';

const page = new EventTarget() as EventTarget & { hidden: boolean };
const windowEvents = new EventTarget();

beforeEach(() => {
  page.hidden = false;
  vi.stubGlobal('document', page);
  vi.stubGlobal('addEventListener', windowEvents.addEventListener.bind(windowEvents));
  vi.stubGlobal('removeEventListener', windowEvents.removeEventListener.bind(windowEvents));
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function counted(paces: (Pace | Error)[]) {
  const asked = { times: 0 };
  const polling = poll(async () => {
    const pace = paces[Math.min(asked.times, paces.length - 1)] ?? 'slow';
    asked.times += 1;
    if (pace instanceof Error) throw pace;
    return pace;
  });
  return { asked, polling };
}

test('what runs is asked for every second, and after a minute every three', () => {
  expect(pauseMs('fast', 1, 0)).toBe(1000);
  expect(pauseMs('fast', 61, 0)).toBe(3000);
  expect(pauseMs('slow', 0, 0)).toBe(20_000);
});

test('while nothing answers, questions become ever rarer', () => {
  expect([1, 2, 3, 9].map((failures) => pauseMs('fast', 0, failures))).toEqual([
    2000, 4000, 8000, 60_000,
  ]);
});

test('what has ended is not asked for again', async () => {
  const { asked } = counted(['fast', 'fast', 'never']);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked.times).toBe(3);
});

test('a hidden page asks nothing, and asks at once when it is seen again', async () => {
  const { asked, polling } = counted(['fast']);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(asked.times).toBe(3);
  page.hidden = true;
  page.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked.times).toBe(3);
  page.hidden = false;
  page.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.times).toBe(4);
  polling.stop();
});

test('a failed question is asked again, and at once when the network is back', async () => {
  const { asked, polling } = counted([new Error('away'), new Error('away'), 'slow']);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked.times).toBe(2);
  windowEvents.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.times).toBe(3);
  polling.stop();
});

test('nothing is asked after it was stopped', async () => {
  const { asked, polling } = counted(['fast']);
  await vi.advanceTimersByTimeAsync(0);
  polling.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked.times).toBe(1);
});
