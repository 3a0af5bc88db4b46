import { beforeEach, expect, test, vi } from 'vitest';
import type { FilePreview } from '../api/types';
import { keepMapping, recall } from './mappings';
import { session } from './session';

let stored: Map<string, string>;
beforeEach(() => {
  stored = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  signIn('demo');
});

function signIn(station: string): void {
  session.value = { token: '', station, expiresAt: null, scopes: [] };
}

/** A file with these names, of which columns were found in the fields at these places. */
function file(names: string[], found: Record<string, number | null> = {}, ...rows: string[][]) {
  return {
    names,
    columns: Object.entries(found).map(([column, field]) => ({ column, field, suggested: null })),
    rows: rows.map((fields, place) => ({ row: place + 2, fields })),
    header_choices: rows.length > 0 ? [1, 2, 3] : [1],
  } as unknown as FilePreview;
}

test('fields that were chosen are chosen again where they are there, by the same station and business', () => {
  keepMapping('members', { member_no: 'Karte', name: 'Kunde' });
  expect(recall('members', file(['Karte', 'Name', 'X']))).toEqual({ member_no: 'Karte' });
  expect(recall('orders', file(['Karte']))).toEqual({});
  signIn('other');
  expect(recall('members', file(['Karte']))).toEqual({});
});

test('files of several makers are known, and the latest choice counts', () => {
  keepMapping('members', { member_no: 'Karte' });
  keepMapping('members', { member_no: 'Card' });
  expect(recall('members', file(['Karte']))).toEqual({ member_no: 'Karte' });
  expect(recall('members', file(['Karte', 'Card']))).toEqual({ member_no: 'Card' });
  for (let number = 0; number < 9; number += 1) keepMapping('members', { member_no: `N${number}` });
  expect(recall('members', file(['Karte']))).toEqual({});
  expect(recall('members', file(['N3']))).toEqual({});
  expect(recall('members', file(['N4']))).toEqual({ member_no: 'N4' });
});

test('a field in which a column was found is not taken from it, and no field is for two columns', () => {
  keepMapping('members', { name: 'Tel', email: 'Contact' });
  keepMapping('members', { phone: 'Contact' });
  const seen = file(['Tel', 'Contact'], { phone: 0, name: null, email: null });
  expect(recall('members', seen)).toEqual({ phone: 'Contact' });
});

test('of a column that was found elsewhere the choice counts', () => {
  keepMapping('members', { name: 'Nickname' });
  expect(recall('members', file(['Name', 'Nickname'], { name: 0 }))).toEqual({ name: 'Nickname' });
});

test('a header below a title is known by its names', () => {
  keepMapping('members', { member_no: 'Karte', name: 'Kunde' });
  const rows = [
    ['Karte', 'Kunde'],
    ['1', 'Karte'],
  ];
  expect(recall('members', file(['Stand März', ''], {}, ...rows))).toEqual({
    member_no: 'Karte',
    name: 'Kunde',
  });
});

test('what is damaged, and a browser that stores nothing, cost the memory only', () => {
  stored.set('sluice.mapping.demo.members', 'x');
  expect(recall('members', file(['Karte']))).toEqual({});
  vi.stubGlobal('localStorage', null);
  keepMapping('members', { member_no: 'Karte' });
  expect(recall('members', file(['Karte']))).toEqual({});
});
