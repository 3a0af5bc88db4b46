// What to do about a row, in a language that the API does not speak: by the codes of its problems,
// with what its English message names.

import type { Business, RowError } from '../../api/types';
import type { Instead } from '../../words/instead';

/** What a message names, by the code of the problem (domain/definition/src, domain/import/src/report). */
const FACTS: Record<string, RegExp> = {
  not_allowed: /one of: (.+)$/,
  too_long: /at most (\d+) characters/,
  out_of_range: /between (\S+) and (\S+)/,
  duplicate: /taken by row (\d+)/,
  field_count: /has (\d+) fields, the first line has (\d+)/,
};

/** Of these only the message has the cause. */
const UNTOLD = ['refused', 'unavailable', 'unprocessable', 'too_large'];

export interface Hint {
  /** One sentence for each problem. */
  said: string[];
  /** Whether the message says more. */
  isUntold: boolean;
}

export function hintOf(row: RowError, hints: Instead['hints'], business?: Business): Hint {
  const codes = row.code.split('; ');
  const columns = row.column.split('; ');
  const messages = row.message.split('; ');
  const said = codes.flatMap((code, place) => {
    const message = messages.length === codes.length ? (messages[place] ?? '') : row.message;
    const column = business?.columns.find((one) => one.name === columns[place]);
    const facts = FACTS[code]?.exec(message)?.slice(1) ?? [];
    const known = code === 'pattern' ? [column?.example] : facts;
    const hint = hints[code]?.(...known);
    return hint ? [hint] : [];
  });
  const isUntold = codes.some((code) => !hints[code] || UNTOLD.includes(code));
  return { said: [...new Set(said)], isUntold };
}
