// What the console says about e-mails, in English.

import type { Format } from './format';

type Count = (n: number, one: string, many?: string) => string;

export const mailsInEnglish = (f: Format, count: Count) => ({
  name: (template: string) => `E-mails: ${template}`,
  /** That of a mailing to addresses, which has no other one. */
  business: 'E-mails',
  recipients: 'Recipients',
  outcomes: {
    sent: 'Sent',
    failed: 'Failed',
    suppressed: 'Suppressed',
    duplicate: 'Duplicate',
    unknown: 'Unknown',
  },
  meanings: {
    sent: 'SES has taken the e-mail.',
    failed: 'No e-mail was sent.',
    suppressed: 'The address is on the list of those that get no e-mails.',
    duplicate: 'The address comes more than once and gets one e-mail.',
    unknown: 'SES did not answer, and no event says whether the e-mail was sent.',
  },
  title: 'What became of the e-mails',
  outcome: 'Outcome',
  all: 'All recipients',
  sending: 'What is sent',
  template: 'Template',
  version: (n: number) => `version ${f.number(n)}`,
  audience: 'Audience',
  addresses: (n: number) => count(n, 'named address', 'named addresses'),
  rows: (business: string, conditions: number) =>
    conditions > 0
      ? `Rows of ${business} that meet ${count(conditions, 'condition')}`
      : `All rows of ${business}`,
  created: (id: number) => `Members that the import of task ${id} created`,
  from: 'Sender’s name',
  replyTo: 'Replies go to',
  onUnknown: 'If it is not known whether an e-mail was sent',
  unknownWays: {
    hold: 'Do not send it again',
    resend: 'Send it again: some people may get two',
  },
  list: 'Download who was not sent to',
  listHint: (n: number) => `A CSV file of ${count(n, 'address', 'addresses')}, with the reasons.`,
  listDenied:
    'The list of those who were not sent to has sensitive addresses: downloading it takes a token with the scope data:export.',
  of: (id: number) => `To the members that the import of task ${id} created`,
  restsUntil: (time: string) => `It goes on by itself at ${time}.`,
  waiting: {
    splitter: 'It begins in a moment.',
    room: 'Other tasks of this station run first.',
    splitting: 'The audience is being frozen.',
    resume: 'It is paused and waits for somebody to resume it.',
    chunks: 'E-mails are being sent.',
    finisher: 'All e-mails are sent; the list of the others is being made.',
  } as Record<string, string>,
  goesOn: 'It rests and goes on by itself.',
  running: 'being sent',
  tell: {
    label: 'Send an e-mail to new members',
    hint: (template: string, language: string) =>
      `When the import has ended, members that it created get the template “${template}” (${language}).`,
    overwrites: 'An import that replaces rows does not know which members are new.',
  },
  cancelSure:
    'Cancel this mailing? E-mails that were sent stay sent. A retry sends to those who were not sent to.',
});
