// The client against a system that runs.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { data, type ImportOptions, Refusal, Sluice, TaskFailed } from '../src/index.js';
import { Runner } from './runner.js';

let runner: Runner;
let sluice: Sluice;

beforeAll(async () => {
  runner = await Runner.start();
  sluice = client();
});
afterAll(() => runner.stop());

const FAST = { tries: 4, firstPauseMs: 1, longestPauseMs: 10 };
const SOON = { everyMs: 50 };

function client(fetch = globalThis.fetch): Sluice {
  return new Sluice({ url: runner.url, token: runner.token, retry: FAST, fetch });
}

const members = (userTaskId: string): ImportOptions => ({
  business: 'member_import',
  fileName: `${userTaskId}.csv`,
  userTaskId,
});

/** A `fetch` whose answers to matching calls are lost once, after the call was carried out. */
function losing(method: string, path: RegExp) {
  const lost: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const answer = await globalThis.fetch(request);
    const call = `${request.method} ${new URL(request.url).pathname}`;
    if (request.method !== method || !path.test(call) || lost.includes(call)) return answer;
    lost.push(call);
    await answer.body?.cancel();
    throw new TypeError('the answer is lost');
  };
  return { fetch, lost };
}

test('a file is imported, and the rows that failed come back', async () => {
  const file = new Blob(['member_no,name,email\nA1,Ann,ann@example.com\nA2,Bo,bo@\nA1,Cy,\n']);
  const seen: number[] = [];
  const onProgress = ({ progress }: { progress: number }) => seen.push(progress);
  const task = await sluice.import(file, members('first'), { ...SOON, onProgress });
  expect(task.status).toBe(4);
  expect(task.rows).toEqual({ read: 3, succeeded: 1, failed: 1, duplicate: 1, skipped: 0 });
  expect(seen.at(-1)).toBe(100);

  const errors = [];
  for await (const { row, code } of sluice.rowErrors(task.task_id)) errors.push([row, code]);
  expect(errors).toEqual([
    [3, 'not_an_email'],
    [4, 'duplicate'],
  ]);
  const failed = await (await sluice.failedRows(task.task_id))?.text();
  expect(failed).toContain('A2,Bo,bo@,3,email,not_an_email');
});

test('an import that is asked for again is the same one', async () => {
  const file = new Blob(['member_no,name\nB1,Ann\n']);
  const first = await sluice.import(file, members('again'), SOON);
  const second = await sluice.import(file, members('again'), SOON);
  expect(second.task_id).toBe(first.task_id);
  expect(await sluice.failedRows(first.task_id)).toBeNull();
});

test('lost answers change nothing', async () => {
  const file = new Blob(['member_no,name\nC1,Ann\n']);
  const begun = losing('POST', / \/upload$/);
  const sent = losing('PUT', /\/uploads\//);
  const asked = losing('GET', / \/task\/get$/);
  for (const [name, { fetch, lost }] of Object.entries({ begun, sent, asked })) {
    const wanted = { ...members(`lost-${name}`), repeat: true };
    const task = await client(fetch).import(file, wanted, SOON);
    expect(lost).toHaveLength(1);
    expect(task.rows?.read).toBe(1);
  }
  const query = { user_task_ids: ['lost-begun', 'lost-sent', 'lost-asked'] };
  const { tasks } = data(await sluice.api.GET('/task/list', { params: { query } }));
  expect(tasks).toHaveLength(3);
});

test('a large file is sent in parts, and those that were sent are not sent again', async () => {
  const row = (number: number) => `D${number},Ann,${'x'.repeat(300_000)}\n`;
  const rows = Array.from({ length: 360 }, (_, number) => row(number));
  const file = new Blob(['member_no,name,note\n', ...rows]);
  const parts: string[] = [];
  let refused = false;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const number = new URL(request.url).searchParams.get('partNumber');
    if (request.method === 'PUT' && number) {
      // As a ticket that is too old.
      if (number === '3' && !refused) {
        refused = true;
        return new Response(null, { status: 403 });
      }
      parts.push(number);
    }
    return globalThis.fetch(request);
  };
  const task = await client(fetch).import(file, members('large'), SOON);
  expect(task.rows).toMatchObject({ read: 360, succeeded: 360 });
  expect(parts.sort()).toEqual(['1', '2', '3', '4', '5', '6', '7']);
}, 60_000);

test('rows are exported', async () => {
  const file = new Blob(['member_no,name\nE1,Ann\nE2,Bo\n']);
  await sluice.import(file, members('exported'), SOON);
  const wanted = {
    business: 'member_import' as const,
    columns: ['member_no', 'name'],
    filter: { member_no: { from: 'E1', to: 'E9' } },
    user_task_id: 'export',
  };
  const csv = await (await sluice.export(wanted, SOON)).text();
  const lines = csv.trim().split(/\r?\n/).slice(1);
  expect(lines.map((line) => line.split(',').slice(0, 2).join()).sort()).toEqual([
    'E1,Ann',
    'E2,Bo',
  ]);
});

test('what the API refuses is thrown with its code and its words', async () => {
  const file = new Blob(['member_no,name\nF1,Ann\n']);
  const wanted = { ...members('refused'), options: { delimiter: 'ab' } };
  const refusal = await sluice.upload(file, wanted).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Refusal);
  expect(refusal).toMatchObject({ code: 40001, message: expect.stringContaining('delimiter') });
  const stranger = new Sluice({ url: runner.url, token: 'none', retry: FAST });
  await expect(stranger.wait(1)).rejects.toMatchObject({ code: 40101 });
});

test('an export that is cancelled is thrown with its task', async () => {
  const wanted = { business: 'member_import' as const, user_task_id: 'cancelled' };
  const start_at = new Date(Date.now() + 86_400_000).toISOString();
  const exported = sluice.export({ ...wanted, start_at }, SOON);
  const query = { user_task_id: 'cancelled' };
  const ended = expect(exported).rejects.toBeInstanceOf(TaskFailed);
  await expect
    .poll(async () => (await sluice.api.GET('/task/get', { params: { query } })).response.status)
    .toBe(200);
  const { task_id } = data(await sluice.api.GET('/task/get', { params: { query } }));
  data(await sluice.api.POST('/task/cancel', { body: { task_id } }));
  await ended;
});

test('a wait is given up when its signal says so', async () => {
  const start_at = new Date(Date.now() + 86_400_000).toISOString();
  const body = {
    business: 'member_import',
    format: 'csv',
    user_task_id: 'waiting',
    start_at,
  } as const;
  const { task_id } = data(await sluice.api.POST('/export', { body }));
  const waiting = sluice.wait(task_id, { ...SOON, signal: AbortSignal.timeout(100) });
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});
