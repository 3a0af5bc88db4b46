// Members with score entries, and tasks about them.

import { expect, vi } from 'vitest';
import type { Runner } from './runner';

/** A month so many months from now, such as `2026-01`, in UTC as the stations of tests. */
export function monthFromNow(months: number): string {
  const now = new Date();
  const then = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1));
  return then.toISOString().slice(0, 7);
}

/** Imports a file and waits for its end. */
export async function imported(
  runner: Runner,
  business: string,
  name: string,
  text: string,
): Promise<number> {
  const file = { business, file_name: name, size_bytes: Buffer.byteLength(text) };
  const begun = await runner.post('/upload', { ...file, options: {} });
  const headers = { 'if-none-match': '*' };
  await fetch(begun.upload.url, { method: 'PUT', headers, body: text });
  await ends(runner, begun.task_id, 3);
  return begun.task_id;
}

/** Waits until a task has ended so. */
export async function ends(runner: Runner, taskId: number, status: number): Promise<void> {
  await vi.waitFor(
    async () => expect((await runner.get(`/task/get?task_id=${taskId}`)).status).toBe(status),
    { timeout: 60_000, interval: 200 },
  );
}

/** Three members whose entries are of the last month, and one number that no member has. */
export async function haveScores(runner: Runner): Promise<void> {
  const month = monthFromNow(-1);
  const members = 'member_no,name,tier\nM1,Ann,bronze\nM2,Bo,silver\nM3,Cy,gold\n';
  await imported(runner, 'member_import', 'members.csv', members);
  const entries = [
    `M1,${monthFromNow(-2)}-02,1200,A-1`,
    `M1,${month}-02,1020,A-2`,
    `M1,${month}-02,30,A-3`,
    `M1,${month}-21,-7,`,
    `M2,${month}-05,6000,B-1`,
    `M3,${month}-05,10,C-1`,
    `M9,${month}-05,5,X-1`,
  ];
  const file = `member_no,entry_date,points,reference\n${entries.join('\n')}\n`;
  await imported(runner, 'score_import', 'scores.csv', file);
  // Sums follow their entries.
  await vi.waitFor(
    async () => {
      const found = await Promise.all(
        ['M1', 'M2', 'M3', 'M9'].map(async (member) => {
          const months = `from=${month}&to=${month}`;
          return (await runner.get(`/score/sums?member_no=${member}&${months}`))?.rolling.entries;
        }),
      );
      expect(found).toEqual([4, 1, 1, 1]);
    },
    { timeout: 60_000, interval: 200 },
  );
}

/** Evaluates the last month. The id of the task, which has ended well. */
export async function evaluated(runner: Runner, dryRun: boolean): Promise<number> {
  const wanted = { period: monthFromNow(-1), dry_run: dryRun };
  const { task_id } = await runner.post('/score/evaluate', wanted);
  await ends(runner, task_id, 3);
  return task_id;
}

/** Reconciles the last month. The id of the task, which has ended well. */
export async function reconciled(runner: Runner): Promise<number> {
  const month = monthFromNow(-1);
  const { task_id } = await runner.post('/score/reconcile', { from: month, to: month });
  await ends(runner, task_id, 3);
  return task_id;
}
