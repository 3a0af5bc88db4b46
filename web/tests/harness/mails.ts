// Templates of e-mails, and mailings.

import { expect, vi } from 'vitest';
import type { Runner } from './runner';

const TEXTS = {
  subject: 'Welcome, {{ name }}',
  text: 'Dear {{ name }}',
  html: '<h1>Dear {{ name }}</h1>',
};

/** Stores a template that greets members by their names. */
export const haveTemplate = (runner: Runner, name = 'welcome', language = 'en') =>
  runner.put('/mail/template', {
    name,
    language,
    version: 0,
    texts: TEXTS,
    sample: { name: 'Ann' },
  });

/** Sets what new members are told; null for nothing. */
export async function setNotify(runner: Runner, notify: object | null): Promise<void> {
  const { version } = await runner.get('/station/config');
  const files = { time_zone: 'UTC', country: 'CN', date_order: 'year_first' };
  await runner.put('/station/config', { version, ...files, notify });
}

/** Sends to addresses. The id of the task, which has ended. */
export async function mailed(runner: Runner, ...addresses: string[]): Promise<number> {
  const all = addresses.map((address) => ({ address, values: { name: address } }));
  const { task_id } = await runner.post('/mail/send', {
    template: 'welcome',
    language: 'en',
    from_name: 'Our Shop',
    audience: { addresses: all },
  });
  await ended(runner, task_id);
  return task_id;
}

async function ended(runner: Runner, taskId: number): Promise<void> {
  await vi.waitFor(
    async () => expect((await runner.get(`/task/get?task_id=${taskId}`)).status).toBeGreaterThan(2),
    { timeout: 60_000, interval: 200 },
  );
}

/** Imports members who are told. The ids of the import and of its mailing, which has ended. */
export async function told(runner: Runner, text: string): Promise<[number, number]> {
  const file = { file_name: 'members.csv', size_bytes: Buffer.byteLength(text) };
  const options = { notify: true };
  const begun = await runner.post('/upload', { business: 'member_import', ...file, options });
  const headers = { 'if-none-match': '*' };
  await fetch(begun.upload.url, { method: 'PUT', headers, body: text });
  const mailing = await vi.waitFor(
    async () => {
      const { children } = await runner.get(`/task/get?task_id=${begun.task_id}`);
      expect(children).toHaveLength(1);
      return children[0] as number;
    },
    { timeout: 60_000, interval: 200 },
  );
  await ended(runner, mailing);
  return [begun.task_id, mailing];
}
