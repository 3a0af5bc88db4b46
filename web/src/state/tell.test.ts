import { expect, test, vi } from 'vitest';
import type { Business } from '../api/types';

vi.stubGlobal('navigator', { language: 'en' });
vi.stubGlobal('document', { documentElement: { dataset: {} } });
const { tellable } = await import('./tell');

const business = (...types: string[]) =>
  ({ columns: types.map((type) => ({ type })) }) as unknown as Business;
const setting = { template: 'welcome', language: 'en' };

test('new members are told if the station has set what, and there are addresses', () => {
  expect(tellable(setting, business('text', 'email'), 'reject')).toBe('yes');
  expect(tellable(setting, business('text', 'email'), 'skip')).toBe('yes');
  expect(tellable(null, business('email'), 'reject')).toBe('no');
  expect(tellable(setting, business('text'), 'reject')).toBe('no');
});

test('an import that overwrites does not know who is new', () => {
  expect(tellable(setting, business('email'), 'overwrite')).toBe('overwrites');
  expect(tellable(setting, business('text'), 'overwrite')).toBe('no');
});
