// Numbers, sizes, times and sums as people of a language write them.

export interface Format {
  number(value: number): string;
  bytes(value: number): string;
  seconds(value: number): string;
  dollars(value: number): string;
  time(iso: string): string;
  /** Without seconds, and without this year: for lists. */
  shortTime(iso: string): string;
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
  return {
    number: (value) => whole.format(value),
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
