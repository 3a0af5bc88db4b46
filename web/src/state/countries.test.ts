import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COUNTRIES, countriesIn } from './countries';

test('the countries are those of the API', () => {
  const path = join(import.meta.dirname, '../../../infra/openapi.json');
  const api = JSON.parse(readFileSync(path, 'utf8'));
  expect(COUNTRIES).toEqual(api.components.schemas.Country.enum);
});

test('countries have names in the language of the console, and the chosen one is always there', () => {
  expect(countriesIn('en', 'DE')).toContainEqual(['DE', 'Germany (DE)']);
  expect(countriesIn('zh', 'DE')).toContainEqual(['DE', '德国 (DE)']);
  expect(countriesIn('en', 'DE')).not.toContainEqual(expect.arrayContaining(['XX']));
  expect(countriesIn('en', 'XX').some(([code]) => code === 'XX')).toBe(true);
});
