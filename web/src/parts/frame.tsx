// What stands around every page: where one can go, who is signed in, and how it looks.

import type { ComponentChildren } from 'preact';
import { useCallback } from 'preact/hooks';
import { isComing, route } from '../route';
import {
  chooseLanguage,
  chooseTheme,
  type Language,
  language,
  type Theme,
  theme,
  unspoken,
  words,
} from '../state/look';
import { session, signOut } from '../state/session';
import { Link } from './basics';
import { NotLoaded } from './not_loaded';

const PAGES = ['import', 'export', 'tasks', 'scores', 'settings'] as const;

export function Frame({ children }: { children: ComponentChildren }) {
  const t = words.value;
  const { page } = route.value;
  // A task is one of the tasks.
  const here = page === 'task' ? 'tasks' : page;
  const signedIn = session.value;
  return (
    <>
      <a class="skip" href="#main">
        {t.nav.skip}
      </a>
      <header class="top">
        <Link href="/tasks" class="brand">
          <img src="/icon.svg" alt="" width="24" height="24" />
          Sluice
        </Link>
        {signedIn && (
          <nav aria-label={t.nav.main}>
            {PAGES.map((one) => (
              <Link
                key={one}
                href={one === 'export' ? '/exports' : `/${one}`}
                aria-current={here === one ? 'page' : undefined}
              >
                {t.nav[one]}
              </Link>
            ))}
          </nav>
        )}
        <div class="tools">
          {signedIn && <Station />}
          <ThemeChoice />
          <button
            type="button"
            class="quiet"
            lang={language.value === 'en' ? 'zh-CN' : 'en'}
            aria-label={t.look.otherLabel}
            onClick={() => void chooseLanguage(language.value === 'en' ? 'zh' : 'en')}
          >
            {t.look.other}
          </button>
          {signedIn && (
            <button type="button" class="quiet" onClick={() => signOut('left')}>
              {t.session.leave}
            </button>
          )}
        </div>
      </header>
      <main id="main" tabIndex={-1} aria-busy={isComing.value}>
        {unspoken.value && <Unspoken chosen={unspoken.value} />}
        {children}
      </main>
    </>
  );
}

function Unspoken({ chosen }: { chosen: Language }) {
  const again = useCallback(() => void chooseLanguage(chosen), [chosen]);
  return <NotLoaded onAgain={again} />;
}

function Station() {
  const t = words.value;
  const { station, expiresAt } = session.value ?? { station: '', expiresAt: null };
  const until = expiresAt ? t.session.until(t.f.time(new Date(expiresAt).toISOString())) : '';
  return (
    <span class="station" title={until}>
      <span class="muted">{t.session.station}</span> <strong>{station}</strong>
      <span class="unseen"> {until}</span>
    </span>
  );
}

function ThemeChoice() {
  const t = words.value.look;
  const choices: Theme[] = ['system', 'light', 'dark'];
  return (
    <select
      aria-label={t.theme}
      value={theme.value}
      onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}
    >
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {t[choice as 'system' | 'light' | 'dark']}
        </option>
      ))}
    </select>
  );
}
