import { expect, test } from 'vitest';
import { disarmed } from './mail_html';

test('styles, pictures and handlers are kept back', () => {
  expect(disarmed('<p class=a STYLE="color: red">x</p>')).toBe(
    '<p class=a data-mail-STYLE="color: red">x</p>',
  );
  expect(disarmed('<img alt="a > b" src="https://e.com/x.png" onerror = run()>')).toBe(
    '<img alt="a > b" data-mail-src="https://e.com/x.png" data-mail-onerror = run()>',
  );
  expect(disarmed('<img/src=x><body\nbackground=y>')).toBe(
    '<img/data-mail-src=x><body\ndata-mail-background=y>',
  );
  expect(disarmed('<style type="text/css">p > b { color: red }</style >')).toBe(
    '<xmp data-mail-css type="text/css">p > b { color: red }</xmp >',
  );
});

test('text stays as it is', () => {
  for (const text of ['a < b style="x"', 'style = 1', '<p>src="x" 1 > 0</p>', '</p style=x>', '']) {
    expect(disarmed(text)).toBe(text);
  }
});
