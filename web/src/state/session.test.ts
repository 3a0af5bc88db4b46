import { expect, test } from 'vitest';
import { readToken } from './session';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (claims: object) => `${part({ alg: 'HS256' })}.${part(claims)}.c2ln`;

test('a token says its station, its scopes and until when it is good', () => {
  const text = token({ station_id: 'größe', scope: 'task:read task:write', exp: 1_800_000_000 });
  expect(readToken(` Bearer ${text}\n`)).toEqual({
    token: text,
    station: 'größe',
    scopes: ['task:read', 'task:write'],
    expiresAt: 1_800_000_000_000,
  });
});

test('what is no token, or is of no station, is not taken', () => {
  for (const text of ['', 'abc', 'a.b.c', `${token({ station_id: 'x' })}.d`, token({ sub: 'x' })]) {
    expect(readToken(text)).toBeNull();
  }
});
