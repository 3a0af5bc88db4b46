// The texts that a workbook's cells share: each is stored once, and cells name it by its number.

import { type Token, XmlTokens } from './xml';
import type { Package } from './zip';

/** The texts of these numbers. It reads up to the last of them, and keeps no others. */
export async function readStrings(
  file: Package,
  part: string | null,
  wanted: Set<number>,
): Promise<Map<number, string>> {
  const texts = new Map<number, string>();
  if (part && !file.has(part)) throw new Error('the shared texts are missing');
  if (!part || wanted.size === 0) return texts;
  const xml = new XmlTokens();
  const collector = new TextCollector();
  let number = 0;
  let text = '';
  for await (const piece of file.text(part)) {
    for (const token of xml.read(piece)) {
      if (wanted.has(number)) text += collector.take(token);
      if (token.kind !== 'end' || token.name !== 'si') continue;
      if (wanted.has(number)) texts.set(number, unescaped(text));
      if (texts.size === wanted.size) return texts;
      number += 1;
      text = '';
    }
  }
  return texts;
}

/** Joins the pieces of a rich text, and leaves out how they are pronounced. */
export class TextCollector {
  private inText = false;
  private inPhonetic = false;

  /** What the token adds to the text. */
  take(token: Token): string {
    if (token.kind === 'text') return this.inText && !this.inPhonetic ? token.text : '';
    if (token.name === 't') this.inText = token.kind === 'start';
    if (token.name === 'rPh') this.inPhonetic = token.kind === 'start';
    return '';
  }
}

/** Characters that XML cannot have are written as `_x000D_` (ECMA-376 part 1, 22.9.2.19). */
export function unescaped(text: string): string {
  return text.replace(/_x([0-9a-f]{4})_/gi, (all, digits: string) => {
    const code = Number.parseInt(digits, 16);
    return code >= 0xd800 && code <= 0xdfff ? all : String.fromCharCode(code);
  });
}
