// Months, such as `2026-01`, and ranges of them.

/** What is wrong with a range of months. */
export type RangeProblem = 'blank' | 'backwards' | 'long';

/** So many months are answered, or reconciled, at a time. */
export const MOST_MONTHS = 36;

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

export const isMonth = (text: string) => MONTH.test(text);

/** The month where the reader is, or so many after it. */
export function monthFromNow(months: number, now = new Date()): string {
  return monthOf(now.getFullYear() * 12 + now.getMonth() + months);
}

/** The months that are shown if nobody asks for others: a year. */
export const usualRange = (now = new Date()) => ({
  from: monthFromNow(-11, now),
  to: monthFromNow(0, now),
});

/** Null for a range that can be asked for. */
export function rangeProblem(from: string, to: string): RangeProblem | null {
  if (!isMonth(from) || !isMonth(to)) return 'blank';
  const months = place(to) - place(from) + 1;
  if (months < 1) return 'backwards';
  return months > MOST_MONTHS ? 'long' : null;
}

const place = (month: string) => {
  const [year, number] = month.split('-').map(Number);
  return (year ?? 0) * 12 + (number ?? 1) - 1;
};

const monthOf = (at: number) =>
  `${String(Math.floor(at / 12)).padStart(4, '0')}-${String((at % 12) + 1).padStart(2, '0')}`;
