import { expect, test } from 'vitest';
import type { Template } from '../api/mails';
import { fieldsOf, requestOf, valuesOf, variablesIn, wrongWith } from './template_fields';

const template = (text: string, sample: Template['sample']) =>
  ({
    name: 'welcome',
    language: 'en',
    texts: { subject: 'Hi', text, html: null },
    sample,
  }) as Template;

test('variables are found where the server finds them', () => {
  expect(variablesIn(['Hi {{ name }}', '{{nick|default(name)|upper}} {{ address }}'])).toEqual([
    'name',
    'nick',
  ]);
  const block =
    '{% if tier is defined and points > 100 %}{{ tier }}{% elif tier in "a b" %}{% endif %}';
  expect(variablesIn([block])).toEqual(['tier', 'points']);
  expect(variablesIn(["{{ x|default('no {name}') }} name { y }"])).toEqual(['x']);
  expect(variablesIn([''])).toEqual([]);
});

test('values are numbers and booleans where they look so, and what they were if not changed', () => {
  const text = '{{ a }} {{ b }} {{ c }} {{ d }} {{ e }}';
  const fields = fieldsOf(template(text, { a: '7', b: 7, c: true, d: null, gone: 'x' }));
  const before = { a: '7', b: 7, c: true, d: null };
  expect(valuesOf(fields, before)).toEqual({ a: '7', b: 7, c: true, d: null, e: '' });
  expect(valuesOf(fields)).toEqual({ a: 7, b: 7, c: true, d: null, e: '' });
  fields.sample.a = { text: '007', isMissing: false };
  fields.sample.b = { text: 'x', isMissing: true };
  expect(valuesOf(fields, before)).toMatchObject({ a: '007', b: null });
});

test('what is saved has no empty parts and names the version that was read', () => {
  const request = requestOf(fieldsOf(template('Dear {{ name }}', { name: 'Ann' })), 3, {});
  expect(request).toEqual({
    name: 'welcome',
    language: 'en',
    version: 3,
    texts: { subject: 'Hi', text: 'Dear {{ name }}', html: null },
    sample: { name: 'Ann' },
  });
});

test('names, languages and empty templates are checked before they are sent', () => {
  const fields = fieldsOf(template('x', {}));
  expect(wrongWith(fields)).toBeNull();
  expect(wrongWith({ ...fields, language: 'zh-Hant-TW' })).toBeNull();
  expect(wrongWith({ ...fields, language: 'zh_CN' })).toBe('languageWrong');
  expect(wrongWith({ ...fields, name: 'New members' })).toBe('nameWrong');
  expect(wrongWith({ ...fields, text: '' })).toBe('noBody');
});
