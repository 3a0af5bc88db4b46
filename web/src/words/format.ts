// Numbers, sizes, times and sums as people of a language write them.

export interface Format {
  number(value: number): string;
  bytes(value: number): string;
  seconds(value: number): string;
  dollars(value: number): string;
  time(iso: string): string;
  /** Without seconds, and without this year: for lists. */
  shortTime(iso: string): string;
  /** A decimal number that came as text, with all of its digits. */
  points(text: string): string;
  /** A month such as `2026-01`. */
  month(text: string): string;
  /** A day such as `2026-01-31`, without its year. */
  day(text: string): string;
  /** A day of the week, from 0 for Monday. */
  weekday(number: number): string;
  /** A month without a year, from 1 for January. */
  monthName(number: number): string;
}

export function format(
  locale: string,
  units: { s: string; min: string; h: string },
  dateStyle: 'short' | 'medium',
): Format {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle, timeStyle: 'medium' });
  const ofDay = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const;
  const ofYear = new Intl.DateTimeFormat(locale, ofDay);
  const ofAny = new Intl.DateTimeFormat(locale, { ...ofDay, year: 'numeric' });
  const ofWeek = new Intl.DateTimeFormat(locale, {
    // 周一 stands better in a sentence than 星期一.
    weekday: locale === 'en' ? 'long' : 'short',
    timeZone: 'UTC',
  });
  const monthAlone = new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' });
  const ofDate = new Intl.DateTimeFormat(locale, {
    month: 'short',
    day: 'numeric',
    timeZone: 'UTC',
  });
  const ofMonth = new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });
  return {
    number: (value) => whole.format(value),
    points(text) {
      const [, sign, digits, rest] = /^(-?)(\d+)(\.\d+)?$/.exec(text) ?? [];
      return digits ? `${sign}${whole.format(BigInt(digits))}${rest ?? ''}` : text;
    },
    // 1 January 2024 was a Monday.
    weekday: (number) => ofWeek.format(new Date(Date.UTC(2024, 0, 1 + number))),
    monthName: (number) => monthAlone.format(new Date(Date.UTC(2024, number - 1, 1))),
    day: (text) => ofDate.format(new Date(`${text}T00:00:00Z`)),
    month(text) {
      const start = new Date(`${text}-01T00:00:00Z`);
      return Number.isNaN(start.getTime()) ? text : ofMonth.format(start);
    },
    bytes(value) {
      const steps = ['B', 'kB', 'MB', 'GB', 'TB'];
      let step = 0;
      let rest = value;
      while (rest >= 999.5 && step < steps.length - 1) {
        rest /= 1000;
        step += 1;
      }
      return `${(rest < 10 && step > 0 ? tenths : whole).format(rest)} ${steps[step]}`;
    },
    seconds(value) {
      if (value < 10) return `${tenths.format(value)} ${units.s}`;
      const rounded = Math.round(value);
      if (rounded < 60) return `${rounded} ${units.s}`;
      const minutes = Math.floor(rounded / 60);
      if (minutes < 60) return `${minutes} ${units.min} ${rounded % 60} ${units.s}`;
      return `${whole.format(Math.floor(minutes / 60))} ${units.h} ${minutes % 60} ${units.min}`;
    },
    // Most imports cost less than a cent: two digits that mean something.
    dollars(value) {
      const digits = value === 0 || value >= 1 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(value)));
      return `$${value.toFixed(Math.max(2, digits))}`;
    },
    time: (iso) => moment.format(new Date(iso)),
    shortTime(iso) {
      const time = new Date(iso);
      return (time.getFullYear() === new Date().getFullYear() ? ofYear : ofAny).format(time);
    },
  };
}
