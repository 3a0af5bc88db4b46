// What a number format makes of a number: a date, a time, a number with leading zeros, or itself
// (ECMA-376 part 1, 18.8.30 and 18.8.31), as shared/formats/src/workbook/number_format.rs reads it.

export type NumberFormat =
  | { kind: 'number' | 'date' | 'date or time' }
  /** Filled up with zeros to so many digits, as postcodes are. */
  | { kind: 'padded'; digits: number }
  /** `elapsed` has hours past 24. */
  | { kind: 'time' | 'date and time' | 'elapsed'; fractions: boolean };

export const NUMBER: NumberFormat = { kind: 'number' };

/** The format of a number that needs no code. */
export function formatOfId(id: number): NumberFormat {
  const among = (...ranges: [number, number][]) =>
    ranges.some(([first, last]) => id >= first && id <= last);
  if (among([14, 17], [27, 31], [36, 36], [50, 54], [57, 58])) return { kind: 'date' };
  if (among([18, 21], [32, 33], [45, 45])) return { kind: 'time', fractions: false };
  if (id === 22) return { kind: 'date and time', fractions: false };
  if (id === 46) return { kind: 'elapsed', fractions: false };
  if (id === 47) return { kind: 'time', fractions: true };
  if (among([34, 35], [55, 56], [71, 81])) return { kind: 'date or time' };
  return NUMBER;
}

/** What in a code counts, one after the other: the rest are marks that are shown as they stand. */
const STEP =
  /"[^"]*"?|[\\_*].?|\[([^\]]*)\]?|general|am\/pm|a\/p|e[+-]|s+(\.0)?|m+|[a-z]|[^a-z]/gisuy;

/** The format of a code, such as `yyyy\-mm\-dd`. Its first part is for the numbers that dates are. */
export function formatOfCode(code: string): NumberFormat {
  if (/^0{2,255}$/.test(code)) return { kind: 'padded', digits: code.length };
  let [date, time, elapsed, fractions] = [false, false, false, false];
  let last = '';
  for (const match of code.matchAll(STEP)) {
    const [step, bracket, fraction] = match;
    if (step === ';') break;
    const word = step.toLowerCase();
    const letter = word[0] ?? '';
    if (letter === '[') elapsed ||= /^(h+|m+|s+)$/i.test(bracket ?? '');
    else if (word === 'am/pm' || word === 'a/p' || word === 'a') time = true;
    else if (word === 'general' || /^e[+-]$/.test(word)) last = letter;
    else if (letter === 'h') time = true;
    else if ('ydegb'.includes(letter)) date = true;
    else if (letter === 's') {
      time = true;
      fractions ||= fraction !== undefined;
    } else if (letter === 'm') {
      // Minutes only beside hours or seconds.
      const isMinutes =
        word.length < 3 && (last === 'h' || isBeforeSeconds(code.slice(match.index + step.length)));
      date ||= !isMinutes;
      time ||= isMinutes;
    }
    if (/[a-z]/.test(letter)) last = letter;
  }
  if (elapsed) return { kind: 'elapsed', fractions };
  if (date && time) return { kind: 'date and time', fractions };
  if (date) return { kind: 'date' };
  return time ? { kind: 'time', fractions } : NUMBER;
}

/** Whether seconds are what is shown next. */
const isBeforeSeconds = (rest: string) => /[a-z[;]/i.exec(rest)?.[0].toLowerCase() === 's';
