// What the API says instead of doing something: a missing right is a sentence and no error.

import { Refusal } from '../api/refusal';
import { words } from '../state/look';
import { Link, Note, refusalWords } from './basics';

export const isDenied = (error: Error | null): boolean =>
  error instanceof Refusal && error.code === 40301;

export const isNotThere = (error: Error | null): boolean =>
  error instanceof Refusal && error.code === 40401;

/** The fields that the API names first. */
const FIELD = /^(?:period|from|to|when(?:\.\w+)?|time_zone|task): /;

/** The task that a refusal names, if any: the one that is in the way. */
export function taskNamedIn(message: string): number | null {
  const found = /\btask (\d{6,})\b/.exec(message);
  return found ? Number(found[1]) : null;
}

/** The scopes that a refusal says are lacking. */
export const scopeIn = (error: Error): string | null =>
  /lacks the scope (.+)$/.exec(error.message)?.[1] ?? null;

/** Says that the caller's token lacks a right. */
export const Denied = ({ scope }: { scope: string }) => (
  <Note>{words.value.trouble.denied(scope)}</Note>
);

/** Why something was not begun. `scope` is the right that it takes. */
export function Refused({ error, scope }: { error: Error; scope: string }) {
  const t = words.value;
  if (isDenied(error)) return <Denied scope={scopeIn(error) ?? scope} />;
  const taskId = error instanceof Refusal ? taskNamedIn(error.message) : null;
  // A field has a label of its own here.
  const said = refusalWords(error, (column) => column).replace(FIELD, '');
  return (
    <Note kind="bad">
      <p>{said}</p>
      {taskId && <Link href={`/tasks/${taskId}`}>{t.list.task(taskId)}</Link>}
    </Note>
  );
}
