// How the console looks and speaks: theme and language, chosen or the system's.

import { computed, effect, signal } from '@preact/signals';
import { en, type Words } from '../words/en';
import { zh } from '../words/zh';

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
/** The words of the language. */
export const words = computed<Words>(() => (language.value === 'zh' ? zh : en));

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  write('sluice.theme', chosen === 'system' ? null : chosen);
}

export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  write('sluice.language', chosen);
}

effect(() => {
  const root = document.documentElement;
  if (theme.value === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme.value;
});

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
});
