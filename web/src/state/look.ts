// How the console looks and speaks: theme and language, chosen or the system's.

import { batch, effect, signal } from '@preact/signals';
import type { Words } from '../words/en';

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'en' | 'zh';

const read = (key: string) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // It holds for this page, then.
  }
}

const usual: Language = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
const storedTheme = read('sluice.theme');
const storedLanguage = read('sluice.language');

export const theme = signal<Theme>(
  storedTheme === 'light' || storedTheme === 'dark' ? storedTheme : 'system',
);
export const language = signal<Language>(
  storedLanguage === 'en' || storedLanguage === 'zh' ? storedLanguage : usual,
);

/** Words are loaded in the language that is read, and kept. */
const spoken: Record<Language, () => Promise<Words>> = {
  en: async () => (await import('../words/en')).en,
  zh: async () => (await import('../words/zh')).zh,
};
/** The words of the language. Nothing is drawn before they are here. */
export const words = signal<Words>({} as Words);

/** Loads the words that the console begins with. */
export async function loadWords(): Promise<void> {
  words.value = await spoken[language.value]();
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  write('sluice.theme', chosen === 'system' ? null : chosen);
}

/** The language that was chosen and whose words could not be loaded. */
export const unspoken = signal<Language | null>(null);

/** Goes on in another language as soon as its words are here. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  const loaded = await spoken[chosen]().catch(() => null);
  batch(() => {
    unspoken.value = loaded ? null : chosen;
    if (!loaded) return;
    language.value = chosen;
    words.value = loaded;
    write('sluice.language', chosen);
  });
}

effect(() => {
  const root = document.documentElement;
  if (theme.value === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme.value;
});

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
});
