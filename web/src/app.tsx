// Which page is shown.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { failed, loaded, type PageName, type Pages } from './loading';
import { SignIn } from './pages/sign_in';
import { Frame } from './parts/frame';
import { NotLoaded } from './parts/not_loaded';
import { arrive, type Route, route } from './route';
import { words } from './state/look';
import { isAwaited, isNotifying, refreshAwaited } from './state/notify';
import { poll } from './state/polling';
import { session } from './state/session';

export function App() {
  const here = route.value;
  const isIn = session.value !== null;
  const title = useTitle(here, isIn);
  useFocus(here, isIn);
  useEffect(() => {
    // A file that misses its place must not take the page's.
    const keep = (event: DragEvent) => event.preventDefault();
    addEventListener('dragover', keep);
    addEventListener('drop', keep);
    return () => {
      removeEventListener('dragover', keep);
      removeEventListener('drop', keep);
    };
  }, []);
  useAwaited();
  return (
    <Frame>
      {/* Another station's session has pages of its own. */}
      {isIn ? <Page key={session.value?.station} here={here} title={title} /> : <SignIn />}
    </Frame>
  );
}

const again = () => void arrive(false);

function Page({ here, title }: { here: Route; title: string }) {
  /** Draws a page whose code is here, or says that it is not. */
  const drawn = <Name extends PageName>(
    name: Name,
    draw: (page: Pages[Name]) => ComponentChildren,
  ) => {
    const page = loaded.value[name];
    if (page) return draw(page);
    return (
      <>
        <h1>{title}</h1>
        {failed.value === here.page && <NotLoaded onAgain={again} />}
      </>
    );
  };
  switch (here.page) {
    case 'import':
      return drawn('import', ({ Import }) => <Import business={here.business} />);
    case 'export':
      return drawn('export', ({ Export }) => <Export business={here.business} />);
    case 'task':
      return drawn('task', ({ TaskPage }) => <TaskPage key={here.taskId} taskId={here.taskId} />);
    case 'scores':
      return drawn('scores', ({ Scores }) => <Scores shown={here} />);
    case 'settings':
      return drawn('settings', ({ Settings }) => <Settings part={here.part} />);
    case 'tasks':
      return drawn('tasks', ({ Tasks }) => <Tasks filter={here} />);
  }
}

/** Gives the window the title of the page, and returns it. */
function useTitle(here: Route, isIn: boolean): string {
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
  return name;
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

/** Another page takes the focus, so that a screen reader begins there; so does one that comes at last. */
function useFocus(here: Route, isIn: boolean): void {
  const name = here.page === 'task' ? here.taskId : here.page;
  const page = isIn ? `${name} ${here.page in loaded.value}` : '';
  const before = useRef(page);
  useEffect(() => {
    if (before.current !== page) document.getElementById('main')?.focus({ preventScroll: true });
    before.current = page;
  }, [page]);
}
