// E-mails of the station: templates, what new members get, and who gets no e-mails.

import { Suppressions } from './mails/suppressions';
import { Telling } from './mails/telling';
import { Templates } from './mails/templates';

export function Mails() {
  return (
    <>
      <Templates />
      <Telling />
      <Suppressions />
    </>
  );
}
