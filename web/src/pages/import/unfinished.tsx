// Uploads that a reload or a closed tab has interrupted: they go on when their file is chosen again.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { cancelTask, listTasks } from '../../api/calls';
import type { Business } from '../../api/types';
import { Bar, Note } from '../../parts/basics';
import { addFiles, drafts, remove, resumeEntry } from '../../state/drafts';
import { words } from '../../state/look';
import { session } from '../../state/session';
import { type Entry, forget, isOld, unfinished } from '../../upload/journal';

export function Unfinished({ all }: { all: Business[] }) {
  const t = words.value.import;
  const entries = useSignal<Entry[]>([]);
  useEffect(() => {
    let gone = false;
    waiting()
      .then((found) => {
        if (!gone) entries.value = found;
      })
      .catch(() => {
        // Nothing is lost: choosing the file again finds the upload all the same.
      });
    return () => {
      gone = true;
    };
  }, []);
  // What goes on in a card below is not listed twice.
  const busy = new Set(drafts.value.map((draft) => draft.entry?.userTaskId));
  for (const draft of drafts.value) void draft.stage.value;
  const shown = entries.value.filter((entry) => !busy.has(entry.userTaskId));
  if (shown.length === 0) return null;
  const drop = (entry: Entry) => {
    entries.value = entries.value.filter((other) => other !== entry);
  };
  return (
    <section class="card">
      <h2>{t.unfinished}</h2>
      <p class="muted">{t.unfinishedHint}</p>
      {shown.map((entry) => (
        <One key={entry.userTaskId} entry={entry} all={all} onGone={() => drop(entry)} />
      ))}
    </section>
  );
}

/** The uploads of this station whose file has not arrived. */
async function waiting(): Promise<Entry[]> {
  const entries = await unfinished(session.value?.station ?? '');
  if (entries.length === 0) return [];
  const ids = entries.slice(0, 100).map((entry) => entry.taskId);
  const { tasks } = await listTasks({ task_ids: ids.join(',') });
  const open = new Set(tasks.filter((task) => task.status === 1).map((task) => task.task_id));
  for (const entry of entries) if (!open.has(entry.taskId)) await forget(entry.userTaskId);
  return entries.filter((entry) => open.has(entry.taskId));
}

function One(props: { entry: Entry; all: Business[]; onGone: () => void }) {
  const { entry, all, onGone } = props;
  const t = words.value;
  const isOther = useSignal(false);
  const { file_name: name, size_bytes: size } = entry.request;
  const partBytes = entry.ticket.kind === 'multipart' ? entry.ticket.part_bytes : 0;
  const isOver = isOld(entry) && entry.ticket.kind === 'put';
  const sent = Math.min(entry.sent.length * partBytes, size);

  const choose = async (file: File | undefined) => {
    const business = all.find((one) => one.business === entry.request.business);
    if (!file || !business) return;
    const [draft] = addFiles([file], business);
    if (!draft) return;
    const isSame = (await draft.fingerprint) === entry.fingerprint;
    isOther.value = !isSame;
    if (isSame) resumeEntry(draft, entry);
    else remove(draft);
  };
  const giveUp = async () => {
    await forget(entry.userTaskId);
    await cancelTask(entry.taskId).catch(() => {});
    onGone();
  };
  return (
    <div class="unfinished">
      <strong>{name}</strong>{' '}
      <span class="muted">{t.import.unfinishedSent(t.f.bytes(sent), t.f.bytes(size))}</span>
      <Bar value={sent / size} label={name} />
      {isOver && <p class="muted">{t.import.overAgain}</p>}
      {isOther.value && <Note kind="bad">{t.import.otherFile}</Note>}
      <div class="actions">
        <label class="button primary">
          {t.import.chooseAgain}
          <input
            class="unseen"
            type="file"
            onChange={(event) => void choose(event.currentTarget.files?.[0])}
          />
        </label>
        <button type="button" class="quiet" onClick={() => void giveUp()}>
          {t.import.giveUp}
        </button>
      </div>
    </div>
  );
}
