// A file that is on its way: how much was sent, and what became of it.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { getTask } from '../../api/calls';
import { hasEnded, type Task } from '../../api/types';
import { Badge, Bar, Link, Note, TaskBar } from '../../parts/basics';
import { CountLine } from '../../parts/counts';
import { ReasonWords } from '../../parts/reason';
import { SameFile, SameWords } from '../../parts/same';
import { go, isComing, route } from '../../route';
import {
  type Draft,
  drafts,
  giveUp,
  pause,
  remove,
  resume,
  start,
  startAnew,
  startAnyway,
} from '../../state/drafts';
import { words } from '../../state/look';
import { type Poll, poll } from '../../state/polling';
import { sample } from '../../state/samples';

export function Progress({ draft }: { draft: Draft }) {
  const t = words.value;
  const stage = draft.stage.value;
  const size = t.f.bytes(draft.file.size);
  switch (stage.kind) {
    case 'asking':
      return (
        <>
          <Bar value={null} label={t.import.asking} />
          <p role="status">{t.import.asking}</p>
        </>
      );
    case 'sending':
      return (
        <>
          <Bar value={sentShare(stage.sent, draft.file.size)} label={draft.file.name} />
          <p>{t.import.sending(t.f.bytes(Math.min(stage.sent, draft.file.size)), size)}</p>
          {stage.overAgain && <Note>{t.import.overAgain}</Note>}
          {stage.waiting && <Note kind="bad">{t.import.offline}</Note>}
          <div class="actions">
            <button type="button" onClick={() => pause(draft)}>
              {t.import.pause}
            </button>
            <GiveUp draft={draft} />
          </div>
        </>
      );
    case 'paused': {
      const isWhole = draft.entry?.ticket.kind === 'put';
      return (
        <>
          <Bar value={sentShare(stage.sent, draft.file.size)} label={draft.file.name} />
          <p>{isWhole ? t.import.pausedWhole : t.import.paused(t.f.bytes(stage.sent), size)}</p>
          <div class="actions">
            <button type="button" class="primary" onClick={() => resume(draft)}>
              {t.import.resume}
            </button>
            <GiveUp draft={draft} />
          </div>
        </>
      );
    }
    case 'sent':
      return <Sent draft={draft} taskId={stage.taskId} dryRun={stage.dryRun} />;
    case 'before':
      return <Before draft={draft} task={stage.task} dryRun={stage.dryRun} />;
    case 'same':
      return <Same draft={draft} task={stage.task} />;
    default:
      return null;
  }
}

/** What was sent is not there before the server says so. */
const sentShare = (sent: number, size: number) => Math.min(sent / size, 0.99);

function GiveUp({ draft }: { draft: Draft }) {
  return (
    <button type="button" class="quiet" onClick={() => void giveUp(draft)}>
      {words.value.import.giveUp}
    </button>
  );
}

function Sent({ draft, taskId, dryRun }: { draft: Draft; taskId: number; dryRun: boolean }) {
  const t = words.value;
  const task = useSignal<Task | null>(null);
  const again = useRef<Poll | null>(null);
  useEffect(() => {
    // Of one file the task itself is what people want to see next, unless they are leaving already.
    const isHere = route.value.page === 'import' && !isComing.peek();
    if (!dryRun && drafts.value.length === 1 && isHere) {
      remove(draft);
      go(`/tasks/${taskId}`);
      return;
    }
    const polling = poll(async () => {
      task.value = await getTask(taskId);
      sample(task.value);
      return hasEnded(task.value) ? 'never' : 'fast';
    });
    again.current = polling;
    return () => polling.stop();
  }, [taskId, dryRun]);

  const now = task.value;
  const isChecked = dryRun && now && hasEnded(now);
  return (
    <>
      <div class="line state">
        {now && <Badge task={now} />}
        <span role="status">
          {isChecked ? t.import.checked : dryRun ? t.import.sentCheck : t.import.sent}
        </span>
      </div>
      {now ? <TaskBar task={now} /> : <Bar value={null} label={t.task.progress} />}
      {now && <CountLine task={now} />}
      {isChecked && <Checked task={now} />}
      {now?.same_as && <SameFile task={now} onChange={() => again.current?.now()} />}
      <div class="actions">
        {isChecked && now.status !== 5 && (
          <button type="button" class="primary" onClick={() => restart(draft)}>
            {t.import.start}
          </button>
        )}
        {isChecked && <Back draft={draft} />}
        <Link class="button" href={`/tasks/${taskId}`}>
          {t.import.see}
        </Link>
      </div>
    </>
  );
}

function restart(draft: Draft): void {
  draft.stage.value = { kind: 'choosing' };
  void start(draft, false);
}

function Checked({ task }: { task: Task }) {
  const t = words.value;
  const rows = task.rows;
  const bad = rows ? rows.failed + rows.duplicate : 0;
  if (task.reason && !rows?.read) {
    return (
      <Note kind="bad">
        <ReasonWords task={task} />
      </Note>
    );
  }
  if (!rows) return null;
  return bad === 0 ? (
    <Note kind="good">{t.import.checkedGood(rows.read)}</Note>
  ) : (
    <Note>{t.import.checkedBad(bad, rows.read)}</Note>
  );
}

/** Asks before a file is imported that looks like one that was. */
function Same({ draft, task }: { draft: Draft; task: Task }) {
  const t = words.value;
  return (
    <>
      <Note>
        <SameWords first={task.task_id} other={task} title={t.same.seems} />
      </Note>
      <div class="actions">
        <button type="button" class="primary" onClick={() => startAnyway(draft)}>
          {t.same.anyway}
        </button>
        <Link class="button" href={`/tasks/${task.task_id}`}>
          {t.same.see}
        </Link>
        <Back draft={draft} />
      </div>
    </>
  );
}

function Before({ draft, task, dryRun }: { draft: Draft; task: Task; dryRun: boolean }) {
  const t = words.value;
  return (
    <>
      <Note>
        {t.import.before} {!hasEnded(task) && t.import.beforeRuns}
      </Note>
      <div class="line state">
        <Badge task={task} />
        <CountLine task={task} />
      </div>
      <div class="actions">
        <Link class="button primary" href={`/tasks/${task.task_id}`}>
          {t.import.see}
        </Link>
        {hasEnded(task) && (
          <button type="button" onClick={() => startAnew(draft, dryRun)}>
            {dryRun ? t.import.checkAnew : t.import.anew}
          </button>
        )}
        <Back draft={draft} />
      </div>
    </>
  );
}

function Back({ draft }: { draft: Draft }) {
  const back = () => {
    draft.stage.value = { kind: 'choosing' };
  };
  return (
    <button type="button" onClick={back}>
      {words.value.import.back}
    </button>
  );
}
