// Which parts a workbook has: its sheets, their shared texts, their styles, and how it counts days.
// Parts name each other by relations, kept beside each (ECMA-376 part 2, 9.3).

import { type Token, XmlTokens } from './xml';
import type { Package } from './zip';

export interface Sheet {
  name: string;
  isHidden: boolean;
  part: string;
}

export interface Parts {
  /** Of cells, in their order. */
  sheets: Sheet[];
  strings: string | null;
  styles: string | null;
  /** Whether days are counted from 1904, as older Macs did. */
  from1904: boolean;
}

/** Null if the archive is no workbook that is read. */
export async function readParts(file: Package): Promise<Parts | null> {
  const main = await mainPart(file);
  if (!main || /\.bin$/i.test(main) || /^(word|ppt|visio)\//i.test(main)) return null;
  const relations = await readRelations(file, main);
  const parts: Parts = {
    sheets: [],
    strings: relations.find((one) => one.kind === 'sharedStrings')?.target ?? null,
    styles: relations.find((one) => one.kind === 'styles')?.target ?? null,
    from1904: false,
  };
  for await (const token of tokens(file, main)) {
    if (token.kind !== 'start') continue;
    const of = (name: string) => token.attributes.get(name) ?? '';
    if (token.name === 'workbookPr') parts.from1904 = /^(1|true|on)$/.test(of('date1904'));
    if (token.name !== 'sheet') continue;
    const relation = relations.find((one) => one.id === of('id'));
    // Others are charts, dialogs and macros.
    if (relation?.kind !== 'worksheet') continue;
    const isHidden = (token.attributes.get('state') ?? 'visible') !== 'visible';
    parts.sheets.push({ name: of('name'), isHidden, part: relation.target });
  }
  return parts;
}

/** The sheet of this name, else the first that is not hidden. Capitals make no other name. */
export function chooseSheet(sheets: Sheet[], asked: string | null): Sheet | null {
  if (asked === null) return sheets.find((sheet) => !sheet.isHidden) ?? sheets[0] ?? null;
  const lower = asked.toLowerCase();
  const alike = sheets.find((sheet) => sheet.name.toLowerCase() === lower);
  return sheets.find((sheet) => sheet.name === asked) ?? alike ?? null;
}

/** The tokens of a part that has to be read whole. */
export async function* tokens(file: Package, part: string): AsyncGenerator<Token> {
  const xml = new XmlTokens();
  const text = file.text(part);
  try {
    for (let next = await text.next(); ; next = await text.next()) {
      if (next.done && next.value === 'cut off') throw new Error('a part is too large');
      if (next.done) return;
      yield* xml.read(next.value);
    }
  } finally {
    await text.return('whole');
  }
}

/** The part that all others hang on. */
async function mainPart(file: Package): Promise<string | null> {
  const usual = 'xl/workbook.xml';
  const relations = await readRelations(file, '');
  const main = relations.find((one) => one.kind === 'officeDocument')?.target;
  if (main && file.has(main)) return main;
  return file.has(usual) ? usual : null;
}

interface Relation {
  id: string;
  /** The end of its type: the rest differs between the kinds of the standard. */
  kind: string;
  target: string;
}

/** The relations of a part; of the package itself if its name is empty. */
async function readRelations(file: Package, of: string): Promise<Relation[]> {
  const at = of.lastIndexOf('/');
  const folder = of.slice(0, Math.max(0, at));
  const name = `${folder}/_rels/${of.slice(at + 1)}.rels`.replace(/^\//, '');
  const relations = new Map<string, Relation>();
  for await (const token of tokens(file, name)) {
    if (token.kind !== 'start' || token.name !== 'Relationship') continue;
    const id = token.attributes.get('Id') ?? '';
    const kind = (token.attributes.get('Type') ?? '').split('/').pop() ?? '';
    relations.set(id, { id, kind, target: resolve(folder, token.attributes.get('Target') ?? '') });
  }
  return [...relations.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A part's name from what a relation says, relative to the folder unless it begins with `/`. */
export function resolve(folder: string, target: string): string {
  const said = target.replaceAll('\\', '/');
  const path = said.startsWith('/') ? [] : folder.split('/');
  for (const step of said.split('/')) {
    if (step === '..') path.pop();
    else if (step !== '' && step !== '.') path.push(step);
  }
  return path.filter(Boolean).join('/');
}
