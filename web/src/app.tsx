// Which page is shown.

import { useEffect, useRef } from 'preact/hooks';
import { Export } from './pages/export';
import { Import } from './pages/import';
import { Scores } from './pages/scores';
import { Settings } from './pages/settings';
import { SignIn } from './pages/sign_in';
import { TaskPage } from './pages/task';
import { Tasks } from './pages/tasks';
import { Frame } from './parts/frame';
import { type Route, route } from './route';
import { isSending } from './state/drafts';
import { words } from './state/look';
import { isAwaited, isNotifying, refreshAwaited } from './state/notify';
import { poll } from './state/polling';
import { session } from './state/session';

export function App() {
  const here = route.value;
  const isIn = session.value !== null;
  useTitle(here, isIn);
  useFocus(here.page === 'task' ? here.taskId : here.page);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (isSending()) event.preventDefault();
    };
    // A file that misses its place must not take the page's.
    const keep = (event: DragEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    addEventListener('dragover', keep);
    addEventListener('drop', keep);
    return () => {
      removeEventListener('beforeunload', ask);
      removeEventListener('dragover', keep);
      removeEventListener('drop', keep);
    };
  }, []);
  useAwaited();
  // Another station's session has pages of its own.
  return <Frame>{isIn ? <Page key={session.value?.station} here={here} /> : <SignIn />}</Frame>;
}

function Page({ here }: { here: Route }) {
  switch (here.page) {
    case 'import':
      return <Import business={here.business} />;
    case 'export':
      return <Export business={here.business} />;
    case 'task':
      return <TaskPage key={here.taskId} taskId={here.taskId} />;
    case 'scores':
      return <Scores shown={here} />;
    case 'settings':
      return <Settings part={here.part} />;
    case 'tasks':
      return <Tasks filter={here} />;
  }
}

function useTitle(here: Route, isIn: boolean): void {
  const t = words.value;
  const names = {
    import: t.import.title,
    export: t.export.title,
    tasks: t.list.title,
    scores: t.scores.title,
    settings: t.settings.title,
  };
  const name = here.page === 'task' ? t.list.task(here.taskId) : names[here.page];
  useEffect(() => {
    document.title = `${isIn ? name : t.session.title} – Sluice`;
  }, [name, isIn, t]);
}

/** Waits on every page for the ends of tasks that people want to be told of. */
function useAwaited(): void {
  const station = session.value?.station;
  const isWanted = isNotifying.value;
  useEffect(() => {
    if (!station || !isWanted) return;
    const polling = poll(refreshAwaited, isAwaited);
    return () => polling.stop();
  }, [station, isWanted]);
}

/** Another page takes the focus, so that a screen reader begins there. */
function useFocus(page: string | number): void {
  const before = useRef(page);
  useEffect(() => {
    if (before.current !== page) document.getElementById('main')?.focus({ preventScroll: true });
    before.current = page;
  }, [page]);
}
