// Where the time of a task went, asked for only while somebody wants to know.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { taskProfile } from '../../api/calls';
import { hasEnded, type Stage, type Task, type TaskProfile } from '../../api/types';
import { Scroll, Trouble } from '../../parts/basics';
import { words } from '../../state/look';
import { poll } from '../../state/polling';

export function Profile({ task }: { task: Task }) {
  const t = words.value.task;
  const open = useSignal(false);
  const answer = useSignal<TaskProfile | null>(null);
  const trouble = useSignal<Error | null>(null);
  const isOpen = open.value;
  const ended = hasEnded(task);
  useEffect(() => {
    if (!isOpen) return;
    const polling = poll(async () => {
      try {
        answer.value = await taskProfile(task.task_id);
        trouble.value = null;
      } catch (error) {
        trouble.value = error as Error;
      }
      return ended ? 'never' : 'slow';
    });
    return () => polling.stop();
  }, [isOpen, task.task_id, ended]);

  return (
    <details
      class="card"
      open={isOpen}
      onToggle={(event) => (open.value = event.currentTarget.open)}
    >
      <summary>
        <h2>{t.profile}</h2>
      </summary>
      {trouble.value && <Trouble error={trouble.value} />}
      {answer.value ? <Shown profile={answer.value} /> : !trouble.value && <p>…</p>}
    </details>
  );
}

function Shown({ profile }: { profile: TaskProfile }) {
  const { task: t, f } = words.value;
  if (profile.stages.length === 0) return <p class="muted">{t.profileNone}</p>;
  const longest = Math.max(...profile.stages.map((stage) => stage.self_ms));
  return (
    <>
      <p>
        {t.profileAbout(
          profile.chunks,
          f.seconds(profile.wall_ms / 1000),
          f.number(Math.round(profile.concurrency * 10) / 10),
        )}
        {profile.finishing_ms !== null &&
          ` ${t.profileFinishing(f.seconds((profile.finishing_ms ?? 0) / 1000))}`}
      </p>
      <Scroll label={t.profile}>
        <table class="stages">
          <thead>
            <tr>
              <th scope="col">{t.stage}</th>
              <th scope="col">{t.calls}</th>
              <th scope="col">{t.total}</th>
              <th scope="col">{t.self}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {profile.stages.map((stage) => (
              <Row key={stage.stack.join(';')} stage={stage} longest={longest} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="muted">{t.profileHint}</p>
    </>
  );
}

function Row({ stage, longest }: { stage: Stage; longest: number }) {
  const { task: t, f } = words.value;
  const share = longest > 0 ? (100 * stage.self_ms) / longest : 0;
  return (
    <tr>
      <th scope="row" style={{ paddingInlineStart: `${stage.stack.length - 0.5}em` }}>
        {t.stages[stage.name] ?? stage.name}
      </th>
      <td>{f.number(stage.calls)}</td>
      <td>{f.seconds(stage.total_ms / 1000)}</td>
      <td>{f.seconds(stage.self_ms / 1000)}</td>
      <td class="share" aria-hidden="true">
        <span style={{ inlineSize: `${share}%` }} />
      </td>
    </tr>
  );
}
