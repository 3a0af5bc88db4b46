// Small parts that every page has: links that do not load a page, badges, messages.

import type { AnchorHTMLAttributes, ComponentChildren } from 'preact';
import { Refusal, TooSlow, Unreachable } from '../api/refusal';
import type { Task } from '../api/types';
import { hasEnded } from '../api/types';
import { go } from '../route';
import { words } from '../state/look';
import { stateOf } from './state';

export function Link(props: AnchorHTMLAttributes & { href: string }) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(props.href);
  };
  return <a {...props} href={props.href} onClick={follow} />;
}

export function Badge({ task }: { task: Task }) {
  const { name, tone } = stateOf(task);
  return <span class={`badge status-${tone}`}>{words.value.states[name]}</span>;
}

/** How far something is. Without a value it only says that it goes on. */
export function Bar(props: { value: number | null; label: string; kind?: string }) {
  const { value, label, kind = '' } = props;
  const shown = value === null ? {} : { 'aria-valuenow': Math.round(value * 100) };
  return (
    <div
      class={value === null ? 'bar unknown' : `bar ${kind}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...shown}
    >
      <div style={{ width: `${(value ?? 1) * 100}%` }} />
    </div>
  );
}

/** The bar of a task: never full before the task has ended. */
export function TaskBar({ task }: { task: Task }) {
  const isUnknown = task.status === 1;
  const value = hasEnded(task) ? 1 : Math.min(task.progress, 99) / 100;
  return (
    <Bar
      value={isUnknown ? null : value}
      label={words.value.task.progress}
      kind={`status-${stateOf(task).tone}`}
    />
  );
}

export function Note(props: { kind?: 'info' | 'bad' | 'good'; children: ComponentChildren }) {
  const kind = props.kind ?? 'info';
  return (
    <div class={`note ${kind}`} role={kind === 'bad' ? 'alert' : undefined}>
      {props.children}
    </div>
  );
}

/** What went wrong, and what to do. */
export function troubleWords(error: Error): string {
  const t = words.value.trouble;
  if (error instanceof Unreachable) return t.offline;
  if (error instanceof TooSlow) return words.value.import.tooSlow;
  if (!(error instanceof Refusal)) return error.message;
  if (error.code >= 50000) return t.server;
  if (error.code >= 40300 && error.code < 40400) return `${t.forbidden} (${error.message})`;
  const title = words.value.instead?.refusals[error.code];
  return title ? `${title} (${error.message})` : error.message;
}

/** The same where the API refuses what people have filled in; `called` says how a column is called. */
export function refusalWords(error: Error, called: (column: string) => string): string {
  const { instead, trouble: t } = words.value;
  const said = error instanceof Refusal ? instead?.reason(error.message, called) : null;
  if (!said) return troubleWords(error);
  return (error as Refusal).code === 40301 ? `${t.forbidden} ${said}` : said;
}

export function Trouble({ error, onAgain }: { error: Error; onAgain?: () => void }) {
  return (
    <Note kind="bad">
      <p>{troubleWords(error)}</p>
      {onAgain && (
        <button type="button" onClick={onAgain}>
          {words.value.trouble.again}
        </button>
      )}
    </Note>
  );
}

/** What may be wider than the page. It takes the focus, so that the keyboard can scroll it. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: people without a mouse must reach its end.
    <section class="scroll" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

/** Names and values, one beside the other. */
export function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
