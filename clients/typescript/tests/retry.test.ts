import { expect, test } from 'vitest';
import { pauseMs, retrying } from '../src/index.js';

const OPTIONS = { tries: 3, firstPauseMs: 1, longestPauseMs: 2 };

/** A `fetch` that gives these answers one after the other. */
function answering(...answers: (number | Error)[]) {
  const bodies: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    bodies.push(await new Request(input, init).text());
    const answer = answers[bodies.length - 1] ?? 200;
    if (answer instanceof Error) throw answer;
    return new Response(null, { status: answer, headers: { 'retry-after': '0' } });
  };
  return { call: retrying(fetch, OPTIONS), bodies };
}

const URL = 'http://127.0.0.1/';
const POST = { method: 'POST', body: 'content' };

test('what may pass is tried again, with the same body', async () => {
  const { call, bodies } = answering(429, new TypeError('no connection'));
  expect((await call(URL, POST)).status).toBe(200);
  expect(bodies).toEqual(['content', 'content', 'content']);
});

test('after so many tries the last answer counts', async () => {
  const { call, bodies } = answering(503, 500, 502);
  expect((await call(URL)).status).toBe(502);
  expect(bodies).toHaveLength(3);
  const silent = answering(...Array(3).fill(new TypeError('no connection')));
  await expect(silent.call(URL)).rejects.toThrow('no connection');
});

test('a refusal is not tried again', async () => {
  for (const status of [400, 401, 403, 404, 409, 412, 413]) {
    const { call, bodies } = answering(status);
    expect((await call(URL)).status).toBe(status);
    expect(bodies).toHaveLength(1);
  }
});

test('Retry-After is believed, and other waits grow up to a limit', () => {
  const options = { tries: 9, firstPauseMs: 100, longestPauseMs: 1000 };
  expect(pauseMs(1, '7', options)).toBe(7000);
  for (const [failure, longest] of [
    [1, 100],
    [2, 200],
    [9, 1000],
  ] as const) {
    const pause = pauseMs(failure, null, options);
    expect(pause).toBeGreaterThanOrEqual(longest / 2);
    expect(pause).toBeLessThanOrEqual(longest);
  }
});
