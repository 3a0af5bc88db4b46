// What the console says about schedules and about messages to webhooks, in English.

import type { Format } from './format';

type Count = (n: number, one: string, many?: string) => string;

const list = (names: string[]) =>
  names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;

/** `1-7, last` in a sentence. */
function onDays(days: string): string {
  const pieces = days.split(', ');
  const said = pieces.map((one) => (one === 'last' ? 'the last day' : one));
  return pieces[0] === 'last' ? list(said) : `day ${list(said)}`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export const schedulesInEnglish = (f: Format, count: Count) => ({
  title: 'Schedules',
  hint: 'A schedule starts a task again and again.',
  none: 'No schedules yet',
  add: 'New schedule',
  most: (n: number) =>
    `The station has ${f.number(n)} schedules, which is the most. Delete one to set up another.`,
  newTitle: 'New schedule',
  changeTitle: (name: string) => `Change “${name}”`,
  name: 'Name',
  nameHint: 'Lower-case letters, digits, - and _, at most 32.',
  nameWrong: 'A name has 1 to 32 lower-case letters, digits, - and _.',
  nameTaken: 'There is a schedule with this name already. Choose another one, or change that one.',
  kind: 'What does it start?',
  kinds: {
    export: 'Export',
    import: 'Import',
    orders: 'Export of orders',
    mail: 'Mailing',
    evaluate: 'Evaluation',
    reconcile: 'Reconciliation',
    add: 'Task of a service',
  },
  business: 'Business',
  format: 'Format',
  keeps: 'Its columns and conditions stay as they are.',
  body: 'The task as JSON',
  bodyHint: (kind: string) =>
    `“${kind}” of the API's schedules, without user_task_id and start_at.`,
  bodyWrong: 'This is no JSON object. Check its quotes, commas and braces.',
  time: 'Time',
  timeWrong: 'Choose a time, such as 02:30.',
  zone: 'Time zone',
  zoneHint: 'That of the station if it is left blank.',
  weekdays: 'Only on these weekdays',
  days: 'Only on these days of the month',
  daysHint: 'Such as 1-7, 15, last. Blank for every day.',
  daysWrong: 'Write days from 1 to 31, or last, with commas between them: 1-7, 15, last.',
  months: 'Only in these months',
  missed: 'If a run is missed by more than 15 minutes',
  missedWays: { once: 'run it once, as soon as possible', never: 'leave it out' },
  rights: 'It runs with the rights of whoever saved it last.',
  save: 'Save',
  cancel: 'Cancel',
  on: 'On',
  off: 'Off',
  next: 'Next run',
  last: 'Last run',
  noNext: 'none while it is off',
  noLast: 'none yet',
  failed: (at: string) => `${at}: it started no task.`,
  setBy: 'Set by',
  change: 'Change',
  enable: 'Turn on',
  disable: 'Turn off',
  delete: 'Delete',
  deleteSure: 'Delete this schedule? Tasks that it has started go on.',
  deleteYes: 'Yes, delete it',
  deleteNo: 'No, keep it',
  export: (business: string, format: string) => `Export of ${business}, ${format}`,
  service: (name: string, business: string) => `Task “${name}”: ${business}`,
  conditions: (n: number) => count(n, 'condition'),
  columns: (n: number) => count(n, 'column'),
  when: {
    last: 'last',
    list,
    sentence: (days: string, weekdays: string, months: string, time: string) => {
      const of = months ? ` in ${months}` : ' of each month';
      if (days && weekdays) return `${weekdays} on ${onDays(days)}${of}, at ${time}`;
      if (days) return `${capital(onDays(days))}${of}, at ${time}`;
      const every = `Every ${weekdays || 'day'}${months && of}`;
      return `${every}, at ${time}`;
    },
  },
});

export const deliveriesInEnglish = (f: Format, count: Count) => ({
  title: 'Webhooks',
  hint: 'Messages to the webhooks of this station, newest first. They are kept for 30 days.',
  state: 'State',
  all: 'All',
  states: { pending: 'Pending', delivered: 'Delivered', failed: 'Failed' },
  none: 'No messages yet',
  noneHint: 'A message is listed once it was tried. Webhooks are set up with PUT /station/config.',
  noneSo: 'No message is in this state.',
  types: {
    'task.finished': 'Task finished',
    'task.partly_succeeded': 'Task partly done',
    'task.failed': 'Task failed',
  } as Record<string, string>,
  to: (webhook: string) => `to ${webhook}`,
  tries: (n: number) => count(n, 'try', 'tries'),
  tried: (at: string) => `last ${at}`,
  next: (at: string) => `next ${at}`,
  status: (n: number) => `It answered with status ${f.number(n)}.`,
  resend: 'Send again',
});
