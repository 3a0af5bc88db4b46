// Which encoding a text is in, by its first bytes. The same order of reasoning as
// shared/formats/src/guess.rs; only the last step, which of GB18030 and Windows-1252, is simpler
// here. The server decides: what it found is shown with the task.

import type { Encoding } from '../api/types';

export type Detected = Exclude<Encoding, 'utf-16' | 'gbk'>;

export function guessEncoding(head: Uint8Array, asked: Encoding | null): Detected {
  const marked = byMark(head);
  if (marked) return marked;
  if (asked === 'utf-16') return utf16Order(head) ?? 'utf-16le';
  if (asked === 'gbk') return 'gb18030';
  if (asked) return asked;
  const utf8 = countUtf8(head);
  const utf16 = unmarkedUtf16(head, utf8.malformed === 0);
  if (utf16) return utf16;
  if (utf8.characters > 2 * utf8.malformed || utf8.malformed === 0) return 'utf-8';
  return looksLikeGb18030(head) ? 'gb18030' : 'windows-1252';
}

/** The text, without a byte order mark. What is malformed becomes U+FFFD. */
export function decode(bytes: Uint8Array, encoding: Detected): string {
  return new TextDecoder(encoding).decode(bytes, { stream: true });
}

function byMark(head: Uint8Array): Detected | null {
  const starts = (...mark: number[]) => mark.every((byte, index) => head[index] === byte);
  if (starts(0xef, 0xbb, 0xbf)) return 'utf-8';
  if (starts(0xff, 0xfe)) return 'utf-16le';
  if (starts(0xfe, 0xff)) return 'utf-16be';
  if (starts(0x84, 0x31, 0x95, 0x33)) return 'gb18030';
  return null;
}

/** Characters beyond ASCII, and places that are malformed; a character cut off at the end is none. */
function countUtf8(head: Uint8Array): { characters: number; malformed: number } {
  const text = new TextDecoder('utf-8').decode(head, { stream: true });
  let characters = 0;
  let malformed = 0;
  for (const character of text) {
    if (character === '\ufffd') malformed += 1;
    else if (character > '\x7f') characters += 1;
  }
  return { characters, malformed };
}

/** In which byte of two the zeros are. */
function utf16Order(head: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  let first = 0;
  let second = 0;
  for (let index = 0; index + 1 < head.length; index += 2) {
    if (head[index] === 0) first += 1;
    if (head[index + 1] === 0) second += 1;
  }
  if (second > 2 * first) return 'utf-16le';
  if (first > 2 * second) return 'utf-16be';
  return null;
}

/** UTF-16 without a mark: digits, delimiters and line breaks have a zero byte each. */
function unmarkedUtf16(head: Uint8Array, isUtf8: boolean): Detected | null {
  const encoding = utf16Order(head);
  const zeros = head.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  return encoding && zeros * (isUtf8 ? 2 : 10) >= Math.floor(head.length / 2) ? encoding : null;
}

function looksLikeGb18030(head: Uint8Array): boolean {
  const text = new TextDecoder('gb18030').decode(head, { stream: true });
  const beyond = [...text].filter((character) => character > '\x7f');
  const chinese = beyond.filter((c) => /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/.test(c));
  return beyond.length > 0 && chinese.length > beyond.length * 0.8;
}
