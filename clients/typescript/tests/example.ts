import { openAsBlob } from 'node:fs';
import { Sluice } from 'sluice-client';

const { SLUICE_API: url = '', SLUICE_TOKEN: token = '', FILE: file = '' } = process.env;
const sluice = new Sluice({ url, token });

const task = await sluice.import(await openAsBlob(file), {
  business: 'member_import',
  fileName: 'members.csv',
  userTaskId: 'members-2026-11-28',
});
console.log(task.status, task.reason, task.rows);
for await (const { row, message } of sluice.rowErrors(task.task_id)) console.log(row, message);
