//! A cell's value as people see it.

use std::fmt::Write;

use super::dates::DateSystem;
use super::number_format::NumberFormat;

/// What a cell's value is (ECMA-376 part 1, 18.18.11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum CellType {
    /// A number, and so a date.
    #[default]
    Number,
    /// The number of a shared text.
    SharedString,
    /// Its text is in the cell.
    InlineString,
    /// The text that a formula gave.
    FormulaString,
    /// 1 or 0.
    Boolean,
    /// A date and time in ISO 8601.
    IsoDate,
    /// An error, such as `#N/A`, and whatever else there is.
    Other,
}

impl CellType {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "n" => Self::Number,
            "s" => Self::SharedString,
            "inlineStr" => Self::InlineString,
            "str" => Self::FormulaString,
            "b" => Self::Boolean,
            "d" => Self::IsoDate,
            _ => Self::Other,
        }
    }
}

/// Appends a number in its format. What is no number is written as it stands.
pub(super) fn write_number(raw: &str, format: NumberFormat, dates: DateSystem, out: &mut String) {
    let raw = raw.trim();
    // Also one of more digits than a float has.
    if is_plain_integer(raw) {
        match format {
            NumberFormat::Number => return out.push_str(raw),
            NumberFormat::Padded(digits) if !raw.starts_with('-') => {
                let missing = usize::from(digits).saturating_sub(raw.len());
                out.extend(std::iter::repeat_n('0', missing));
                return out.push_str(raw);
            }
            _ => {}
        }
    }
    let number = match raw.parse::<f64>() {
        Ok(number) if number.is_finite() => number,
        _ => {
            out.push_str(raw);
            return;
        }
    };
    let start = out.len();
    if !dates.write(number, format, out) {
        out.truncate(start);
        // The fewest digits that are the same number, never with an exponent; no `-0`. Writing to a
        // String does not fail.
        let _ = write!(out, "{}", number + 0.0);
    }
}

fn is_plain_integer(raw: &str) -> bool {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits.starts_with(|first| first != '0') || raw == "0")
}

/// Appends a boolean.
pub(super) fn write_boolean(raw: &str, out: &mut String) {
    out.push_str(match raw.trim() {
        "1" => "true",
        "0" => "false",
        other => other,
    });
}

/// Appends a date that is written out, without its time where that is not shown.
pub(super) fn write_iso_date(raw: &str, format: NumberFormat, out: &mut String) {
    let raw = raw.trim();
    let moment = raw.strip_suffix('Z').unwrap_or(raw);
    let shown = match moment.split_once('T') {
        Some((date, time)) if is_midnight(time) && format != NumberFormat::Number => match format {
            NumberFormat::Date | NumberFormat::DateOrTime => date,
            _ => moment,
        },
        Some((date, _)) if format == NumberFormat::Date => date,
        _ => moment,
    };
    out.push_str(shown);
}

fn is_midnight(time: &str) -> bool {
    time.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(raw: &str, format: NumberFormat) -> String {
        let mut out = String::new();
        write_number(raw, format, DateSystem::From1900, &mut out);
        out
    }

    #[test]
    fn numbers_have_no_exponents_and_no_needless_digits() {
        let cases = [
            ("13800138000", "13800138000"),
            ("1.3800138E10", "13800138000"),
            ("6.222021001001234E18", "6222021001001234000"),
            ("1234567890123456789", "1234567890123456789"),
            ("42.0", "42"),
            ("1.1000000000000001", "1.1"),
            ("0.1", "0.1"),
            ("1E-7", "0.0000001"),
            ("-0", "0"),
            ("-12", "-12"),
            ("007", "7"),
            ("", ""),
            ("abc", "abc"),
            ("NaN", "NaN"),
            ("1e999", "1e999"),
        ];
        for (raw, expected) in cases {
            assert_eq!(number(raw, NumberFormat::Number), expected, "{raw}");
        }
    }

    #[test]
    fn leading_zeros_are_those_of_the_format() {
        assert_eq!(number("1234", NumberFormat::Padded(5)), "01234");
        assert_eq!(number("123456", NumberFormat::Padded(5)), "123456");
        assert_eq!(number("0", NumberFormat::Padded(2)), "00");
        assert_eq!(number("-1", NumberFormat::Padded(5)), "-1");
        assert_eq!(number("1.5", NumberFormat::Padded(5)), "1.5");
    }

    #[test]
    fn numbers_that_are_no_dates_stay_numbers() {
        assert_eq!(number("46082", NumberFormat::Date), "2026-03-01");
        assert_eq!(number("-1", NumberFormat::Date), "-1");
        assert_eq!(number("0", NumberFormat::Date), "0");
        assert_eq!(number("13800138000", NumberFormat::Date), "13800138000");
        assert_eq!(
            number("1E300", NumberFormat::Elapsed { fractions: true }).len(),
            301
        );
    }

    #[test]
    fn dates_written_out_lose_a_time_that_is_not_shown() {
        let shown = |raw: &str, format| {
            let mut out = String::new();
            write_iso_date(raw, format, &mut out);
            out
        };
        let date_time = NumberFormat::DateTime { fractions: false };
        assert_eq!(shown("2026-03-01", NumberFormat::Date), "2026-03-01");
        assert_eq!(
            shown("2026-03-01T00:00:00Z", NumberFormat::Date),
            "2026-03-01"
        );
        assert_eq!(
            shown("2026-03-01T10:20:30", NumberFormat::Date),
            "2026-03-01"
        );
        assert_eq!(
            shown("2026-03-01T10:20:30", date_time),
            "2026-03-01T10:20:30"
        );
    }
}
