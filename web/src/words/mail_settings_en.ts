// What the console says about templates, about telling new members and about suppressed addresses, in English.

import type { Format } from './format';

export const templatesInEnglish = (f: Format) => ({
  title: 'Templates of e-mails',
  hint: 'Each change makes a new version. Mailings send the latest one.',
  none: 'No templates yet.',
  add: 'New template',
  newTitle: 'New template',
  changeTitle: (name: string, language: string) => `Change “${name}” (${language})`,
  name: 'Name',
  nameHint: 'Lower-case letters, digits, - and _, at most 64.',
  nameWrong: 'A name has 1 to 64 lower-case letters, digits, - and _.',
  language: 'Language',
  languageHint: 'Such as en, zh-CN or zh-Hant-TW.',
  languageWrong: 'Write the language as en, zh-CN or zh-Hant-TW.',
  subject: 'Subject',
  text: 'Plain text',
  html: 'HTML',
  noBody: 'Write a plain text, HTML or both.',
  syntax:
    'Write {{ name }} for a variable, and {% if name is defined %} … {% endif %} where it may be missing. Values are escaped in HTML.',
  sample: 'Sample values',
  sampleHint: 'The preview uses them, and the template is saved if it can be filled with them.',
  missing: 'may be missing',
  version: 'Version',
  latest: (n: number) => `${f.number(n)} (latest)`,
  older: (n: number) =>
    `These are the texts of version ${f.number(n)}. If you save them, they become the latest version.`,
  changed: 'Last change',
  change: 'Change',
  save: 'Save as a new version',
  cancel: 'Cancel',
  stale: 'Somebody else has changed this template meanwhile. Nothing was saved.',
  reload: 'Show the latest version, without my changes',
  preview: 'Preview',
  previewEmpty: 'Write a plain text or HTML to see the e-mail.',
  frame: 'HTML of the e-mail',
  pictures: 'Pictures and links do not work in this preview.',
});

export const tellingInEnglish = () => ({
  title: 'E-mail to new members',
  hint: 'With a template set, the import page offers to send it to the members that an import creates.',
  templateHint: 'Leave it blank to send nothing.',
  save: 'Save',
});

export const suppressionsInEnglish = () => ({
  title: 'Addresses that get no e-mails',
  hint: 'An address is added when an e-mail to it bounces for good, or its owner complains or unsubscribes.',
  none: 'No addresses.',
  address: 'E-mail address',
  reason: 'Reason',
  since: 'Since',
  add: 'Add',
  reasons: {
    bounce: 'An e-mail bounced',
    complaint: 'The owner complained',
    unsubscribed: 'The owner unsubscribed',
    manual: 'Added by the station',
  },
  release: 'Release',
  sure: 'Send e-mails to this address again?',
  yes: 'Yes, release it',
  no: 'No, keep it',
});
