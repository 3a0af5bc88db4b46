// Whether the members that an import creates can be told by an e-mail.

import { signal } from '@preact/signals';
import { getConfig } from '../api/calls';
import type { Notify } from '../api/mails';
import type { Business, OnDuplicate } from '../api/types';

/** What the station has set for new members; null if nothing, or as long as it is not known. */
export const notifySetting = signal<Notify | null>(null);

/** Reads it. Without an answer nobody is offered what may not be set. */
export async function loadNotifySetting(): Promise<void> {
  const config = await getConfig().catch(() => null);
  notifySetting.value = config?.notify ?? null;
}

const hasAddress = (business: Business) =>
  business.columns.some((column) => column.type === 'email');

/**
 * Whether an import is offered to tell new members: `overwrites` if it could, but for the rule, which does not
 * know who is new.
 */
export function tellable(
  setting: Notify | null,
  business: Business,
  rule: OnDuplicate,
): 'yes' | 'no' | 'overwrites' {
  if (!setting || !hasAddress(business)) return 'no';
  return rule === 'overwrite' ? 'overwrites' : 'yes';
}
