//! Dates and times, which a workbook stores as numbers of days.
//!
//! The 1900 system takes 1900 for a leap year, as Lotus 1-2-3 did: day 60 is 29 February 1900, which
//! was not (ECMA-376 part 1, 18.17.4.1). It is written as people see it, and is an error of its row.

use std::fmt::Write;

use jiff::civil::Date;

use super::number_format::NumberFormat;

/// The day that a workbook counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateSystem {
    /// 1 is 1 January 1900.
    From1900,
    /// 0 is 1 January 1904: workbooks of older Macs.
    From1904,
}

/// From 1 January 1900 to 1 January 1904, the leap day that was none with it.
const DAYS_TO_1904: f64 = 1462.0;
/// 1 January 10000 in the 1900 system.
const END: f64 = 2_958_466.0;
const FALSE_LEAP_DAY: i64 = 60;

const DAY_MS: i64 = 86_400_000;

impl DateSystem {
    /// Appends the date or time that a number is shown as. `false` if it is none, so that the
    /// number is to be written.
    pub(super) fn write(self, days: f64, format: NumberFormat, out: &mut String) -> bool {
        if let NumberFormat::Elapsed { fractions } = format {
            return self.write_elapsed(days, fractions, out);
        }
        // A time alone has no day, where formats mean one or the other.
        let days = match (self, format) {
            (Self::From1904, NumberFormat::DateOrTime) if days < 1.0 => days,
            (Self::From1904, _) if days >= 0.0 => days + DAYS_TO_1904,
            _ => days,
        };
        if !(0.0..END).contains(&days) {
            return false;
        }
        // Some hundred years in days have room for microseconds in a float; the rest is noise.
        let moment_ms = (days * DAY_MS as f64).round() as i64;
        match format {
            NumberFormat::Number | NumberFormat::Elapsed { .. } => return false,
            NumberFormat::Date => return write_date(moment_ms / DAY_MS, out),
            NumberFormat::Time { fractions } => {
                write_time(rounded(moment_ms, fractions) % DAY_MS, out);
            }
            NumberFormat::DateTime { fractions } => {
                return write_date_time(rounded(moment_ms, fractions), out);
            }
            NumberFormat::DateOrTime if moment_ms % DAY_MS == 0 => {
                return write_date(moment_ms / DAY_MS, out);
            }
            NumberFormat::DateOrTime => return write_date_time(rounded(moment_ms, false), out),
        }
        true
    }

    /// A duration is counted from nothing in either system. Only the system of 1904 shows negative
    /// ones.
    fn write_elapsed(self, days: f64, fractions: bool, out: &mut String) -> bool {
        if !(-END..END).contains(&days) || (days < 0.0 && self == Self::From1900) {
            return false;
        }
        let duration_ms = rounded((days.abs() * DAY_MS as f64).round() as i64, fractions);
        if days < 0.0 && duration_ms > 0 {
            out.push('-');
        }
        write_time(duration_ms, out);
        true
    }
}

fn rounded(moment_ms: i64, fractions: bool) -> i64 {
    if fractions {
        moment_ms
    } else {
        (moment_ms + 500) / 1000 * 1000
    }
}

/// A time alone where there is no day, as Excel has none of the number 0.
fn write_date_time(moment_ms: i64, out: &mut String) -> bool {
    if moment_ms >= DAY_MS {
        if !write_date(moment_ms / DAY_MS, out) {
            return false;
        }
        out.push('T');
    }
    write_time(moment_ms % DAY_MS, out);
    true
}

fn write_date(day: i64, out: &mut String) -> bool {
    if day == FALSE_LEAP_DAY {
        out.push_str("1900-02-29");
        return true;
    }
    let first = if day > FALSE_LEAP_DAY {
        Date::constant(1899, 12, 30)
    } else {
        Date::constant(1899, 12, 31)
    };
    let date = first.checked_add(jiff::Span::new().days(day));
    match date {
        Ok(date) if day > 0 => write!(out, "{date}").is_ok(),
        _ => false,
    }
}

fn write_time(moment_ms: i64, out: &mut String) {
    let seconds = moment_ms / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    // Writing to a String does not fail.
    let _ = write!(out, "{hours:02}:{minutes:02}:{:02}", seconds % 60);
    if moment_ms % 1000 != 0 {
        let _ = write!(out, ".{:03}", moment_ms % 1000);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: NumberFormat = NumberFormat::Time { fractions: false };
    const DATE_TIME: NumberFormat = NumberFormat::DateTime { fractions: false };
    const ELAPSED: NumberFormat = NumberFormat::Elapsed { fractions: false };

    fn shown(system: DateSystem, days: f64, format: NumberFormat) -> Option<String> {
        let mut out = String::new();
        system.write(days, format, &mut out).then_some(out)
    }

    fn since_1900(days: f64, format: NumberFormat) -> String {
        shown(DateSystem::From1900, days, format).unwrap_or_default()
    }

    #[test]
    fn days_are_counted_with_a_leap_day_that_was_none() {
        let date = |days| since_1900(days, NumberFormat::Date);
        assert_eq!(date(1.0), "1900-01-01");
        assert_eq!(date(59.0), "1900-02-28");
        assert_eq!(date(60.0), "1900-02-29");
        assert_eq!(date(61.0), "1900-03-01");
        assert_eq!(date(46_082.0), "2026-03-01");
        assert_eq!(date(2_958_465.0), "9999-12-31");
    }

    #[test]
    fn the_system_of_1904_counts_from_0() {
        let date = |days| shown(DateSystem::From1904, days, NumberFormat::Date);
        assert_eq!(date(0.0).as_deref(), Some("1904-01-01"));
        assert_eq!(date(44_620.0).as_deref(), Some("2026-03-01"));
        let noon = shown(DateSystem::From1904, 0.5, TIME);
        assert_eq!(noon.as_deref(), Some("12:00:00"));
    }

    #[test]
    fn durations_are_the_same_in_both_systems() {
        for system in [DateSystem::From1900, DateSystem::From1904] {
            let elapsed = |days| shown(system, days, ELAPSED);
            assert_eq!(elapsed(1.5).as_deref(), Some("36:00:00"));
            assert_eq!(elapsed(0.25).as_deref(), Some("06:00:00"));
            assert_eq!(elapsed(0.0).as_deref(), Some("00:00:00"));
        }
        assert_eq!(shown(DateSystem::From1900, -0.5, ELAPSED), None);
        let negative = shown(DateSystem::From1904, -0.5, ELAPSED);
        assert_eq!(negative.as_deref(), Some("-12:00:00"));
        // A day and a time.
        let first_noon = shown(DateSystem::From1904, 0.5, DATE_TIME);
        assert_eq!(first_noon.as_deref(), Some("1904-01-01T12:00:00"));
    }

    #[test]
    fn times_are_rounded_to_what_is_shown() {
        assert_eq!(since_1900(0.430_902_777_777_778, TIME), "10:20:30");
        assert_eq!(
            since_1900(46_082.430_902_777_78, DATE_TIME),
            "2026-03-01T10:20:30"
        );
        assert_eq!(
            since_1900(46_082.999_999_99, DATE_TIME),
            "2026-03-02T00:00:00"
        );
        assert_eq!(
            since_1900(46_082.999_999_99, NumberFormat::Date),
            "2026-03-01"
        );
        assert_eq!(since_1900(46_082.75, TIME), "18:00:00");
        assert_eq!(since_1900(0.75, DATE_TIME), "18:00:00");
        assert_eq!(since_1900(1.5, ELAPSED), "36:00:00");
        let fractions = NumberFormat::Time { fractions: true };
        assert_eq!(since_1900(0.500_005_787_037_037, fractions), "12:00:00.500");
    }

    #[test]
    fn formats_of_either_kind_go_by_the_number() {
        let either = |days| since_1900(days, NumberFormat::DateOrTime);
        assert_eq!(either(46_082.0), "2026-03-01");
        assert_eq!(either(0.5), "12:00:00");
        assert_eq!(either(46_082.5), "2026-03-01T12:00:00");
    }

    #[test]
    fn numbers_that_are_no_dates_are_none() {
        for days in [-1.0, 0.0, 0.5, 2_958_466.0, 1e300, f64::NAN, f64::INFINITY] {
            assert_eq!(shown(DateSystem::From1900, days, NumberFormat::Date), None);
        }
        // Rounds up to the year 10000.
        assert_eq!(
            shown(DateSystem::From1900, 2_958_465.999_999_99, DATE_TIME),
            None
        );
    }
}
