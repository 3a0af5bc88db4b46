// How cells show their numbers: each cell names a style, each style a number format.

import { formatOfCode, formatOfId, NUMBER, type NumberFormat } from './number_format';
import { tokens } from './parts';
import type { Package } from './zip';

/** The number format of a style, by its number. */
export type Styles = (style: number) => NumberFormat;

export async function readStyles(file: Package, part: string | null): Promise<Styles> {
  const own = new Map<number, NumberFormat>();
  const ids: number[] = [];
  let inStyles = false;
  if (part) {
    for await (const token of tokens(file, part)) {
      if (token.kind === 'text') continue;
      if (token.name === 'cellXfs') inStyles = token.kind === 'start';
      if (token.kind === 'end') continue;
      const id = Number(token.attributes.get('numFmtId') ?? 0);
      const code = token.attributes.get('formatCode');
      if (token.name === 'numFmt' && code !== undefined) own.set(id, formatOfCode(code));
      if (token.name === 'xf' && inStyles) ids.push(id);
    }
  }
  return (style) => {
    const id = ids[style];
    return id === undefined ? NUMBER : (own.get(id) ?? formatOfId(id));
  };
}
