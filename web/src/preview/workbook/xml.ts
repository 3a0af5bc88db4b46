// The XML of a workbook's parts, token by token as it comes: no namespaces, and no entities but the
// predefined ones, as the server reads it (shared/formats/src/workbook/xml.rs).

export type Token =
  | { kind: 'start'; name: string; attributes: Map<string, string> }
  | { kind: 'end'; name: string }
  | { kind: 'text'; text: string };

/** The longest tag or run of text. Excel's cells have at most 32,767 characters. */
const MOST_CHARACTERS = 4 << 20;

const CDATA = '<![CDATA[';

export class XmlTokens {
  private rest = '';

  /** The tokens that end in this piece. What is begun in it waits for the next. */
  *read(piece: string): Generator<Token> {
    const text = this.rest + piece;
    let at = 0;
    while (at < text.length) {
      const end = text[at] === '<' ? endOfMarkup(text, at) : text.indexOf('<', at);
      if (end < 0) break;
      yield* text[at] === '<' ? markup(text.slice(at, end)) : textOf(text.slice(at, end));
      at = end;
    }
    this.rest = text.slice(at);
    if (this.rest.length > MOST_CHARACTERS) throw new Error('a tag or a text does not end');
  }
}

/** Where the tag that begins here ends; -1 if it does not. */
function endOfMarkup(text: string, from: number): number {
  const next = text[from + 1];
  if (next === '!' || next === '?') return endOfSkipped(text, from);
  let end = text.indexOf('>', from);
  // A `>` in quotes does not end a tag.
  for (let quote = firstQuote(text, from, end); quote >= 0; ) {
    const closing = text.indexOf(text[quote] as string, quote + 1);
    if (closing < 0) return -1;
    if (closing > end) end = text.indexOf('>', closing);
    quote = firstQuote(text, closing + 1, end);
  }
  return end < 0 ? -1 : end + 1;
}

function firstQuote(text: string, from: number, to: number): number {
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 34 || code === 39) return at;
  }
  return -1;
}

function endOfSkipped(text: string, from: number): number {
  if (text.startsWith(CDATA, from)) return after(text, ']]>', from);
  // What begins here may be longer than what has come of it.
  if (CDATA.startsWith(text.slice(from))) return -1;
  if (text.startsWith('<!--', from)) return after(text, '-->', from + 4);
  return text[from + 1] === '?' ? after(text, '?>', from) : after(text, '>', from);
}

function after(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at < 0 ? -1 : at + end.length;
}

function* markup(tag: string): Generator<Token> {
  if (tag.startsWith(CDATA)) {
    yield { kind: 'text', text: lines(tag.slice(CDATA.length, -3)) };
    return;
  }
  if (tag.startsWith('<!') || tag.startsWith('<?')) return;
  if (tag.startsWith('</')) {
    yield { kind: 'end', name: local(tag.slice(2, -1).trim()) };
    return;
  }
  const isEmpty = tag.endsWith('/>');
  const inner = tag.slice(1, isEmpty ? -2 : -1);
  const space = inner.search(/\s/);
  const name = space < 0 ? inner : inner.slice(0, space);
  const attributes = name === inner ? NONE : attributesOf(inner.slice(name.length));
  yield { kind: 'start', name: local(name), attributes };
  if (isEmpty) yield { kind: 'end', name: local(name) };
}

const NONE: Map<string, string> = new Map();

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, key, quoted] of text.matchAll(ATTRIBUTE)) {
    const value = (quoted ?? '').slice(1, -1).replace(/[\t\r\n]/g, ' ');
    attributes.set(local(key ?? ''), resolve(value));
  }
  return attributes;
}

const ATTRIBUTE = /([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/g;

function* textOf(text: string): Generator<Token> {
  yield { kind: 'text', text: resolve(lines(text)) };
}

const local = (name: string) => name.slice(name.indexOf(':') + 1);

const lines = (text: string) => text.replace(/\r\n?/g, '\n');

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function resolve(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;]*);?/g, (all, name: string) => {
    const digits = /^#(?:x([0-9a-f]+)|([0-9]+))$/i.exec(name);
    const code = digits ? Number.parseInt(digits[1] ?? digits[2] ?? '', digits[1] ? 16 : 10) : 0;
    const character = code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : NAMED[name];
    if (character === undefined || !all.endsWith(';')) throw new Error('an unknown entity');
    return character;
  });
}
