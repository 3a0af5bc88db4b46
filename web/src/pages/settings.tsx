// The settings of a station: how its files are read, its schedules, what its webhooks were told, and its e-mails.

import { Link } from '../parts/basics';
import type { SettingsPart } from '../route';
import { words } from '../state/look';
import { Deliveries } from './settings/deliveries';
import { Files } from './settings/files';
import { Mails } from './settings/mails';
import { Schedules } from './settings/schedules';

export function Settings({ part }: { part: SettingsPart }) {
  const t = words.value;
  const parts: [SettingsPart, string][] = [
    ['', t.settings.files],
    ['schedules', t.schedules.title],
    ['webhooks', t.deliveries.title],
    ['mails', t.settings.mails],
  ];
  return (
    <>
      <h1>{t.settings.title}</h1>
      <nav class="parts" aria-label={t.settings.parts}>
        {parts.map(([one, name]) => (
          <Link
            key={one}
            href={one ? `/settings?part=${one}` : '/settings'}
            aria-current={one === part ? 'page' : undefined}
          >
            {name}
          </Link>
        ))}
      </nav>
      {part === '' && <Files />}
      {part === 'schedules' && <Schedules />}
      {part === 'webhooks' && <Deliveries />}
      {part === 'mails' && <Mails />}
    </>
  );
}
