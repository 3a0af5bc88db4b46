// A link to a file of a task.

import { useEffect, useRef } from 'preact/hooks';
import type { Task } from '../api/types';
import { opened, refreshTask } from '../state/tasks';

/** The link is good for an hour; an older one is asked for anew. */
const LINK_MS = 50 * 60_000;

export function Download(props: {
  task: Task;
  url: string;
  /** Where the link is in a task that was read anew. */
  of: (task: Task) => string | undefined;
  label: string;
  name?: string;
}) {
  const { task, url, of, label, name } = props;
  const since = useRef(0);
  useEffect(() => {
    since.current = Date.now();
  }, [url]);
  if (!/^https?:/.test(url)) return null;
  return (
    <a
      class="button primary"
      href={url}
      download={name ?? true}
      onClick={(event) => {
        if (Date.now() - since.current < LINK_MS) return;
        event.preventDefault();
        void refreshTask(task.task_id).then(() => {
          const fresh = opened.value && of(opened.value);
          if (fresh) location.assign(fresh);
        });
      }}
    >
      {label}
    </a>
  );
}
