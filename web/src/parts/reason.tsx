// Why a task ended as it did, in the language of the console where that is known.

import type { ComponentChildren } from 'preact';
import type { Task } from '../api/types';
import { businesses, columnWords } from '../state/businesses';
import { words } from '../state/look';

export function ReasonWords({ task }: { task: Task }): ComponentChildren {
  const reason = task.reason ?? '';
  const business = businesses.value?.find((one) => one.business === task.business_id);
  const called = (name: string) => (business ? columnWords(business, name) : name);
  const said = words.value.instead?.reason(reason, called);
  if (said) return said;
  return <span lang="en">{reason}</span>;
}
