// The tasks that come from a task: corrected files, undos and mailings, by their names and states.

import { listTasks } from '../../api/calls';
import type { Task } from '../../api/types';
import { Badge, Link } from '../../parts/basics';
import { useAnswer } from '../../state/answer';
import { words } from '../../state/look';
import { nameOf } from '../../state/names';

export function Children({ task }: { task: Task }) {
  const t = words.value;
  const ids = task.children.join(',');
  // Their names are more than is needed to go there, so that nothing is said where they cannot be read.
  const { found } = useAnswer(`children ${ids}`, async () =>
    ids ? (await listTasks({ task_ids: ids })).tasks : [],
  );
  if (!ids) return null;
  return (
    <div>
      {t.task.children}
      {t.colon}
      <ul class="lines">
        {task.children.map((id) => {
          const child = found?.find((one) => one.task_id === id);
          return (
            <li key={id}>
              <Link href={`/tasks/${id}`}>{t.list.task(id)}</Link>
              {child && (
                <>
                  {' · '}
                  {nameOf(child)} <Badge task={child} />
                </>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
