//! A cell as people see it: a text where all columns mean the same by it, else a marked field.

use sluice_csv::cell::{Cell, is_error_value};

use super::dates::DateSystem;
use super::decimal::Stored;
use super::number_format::NumberFormat;
use super::styles::CellFormat;

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
    Error,
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
            _ => Self::Error,
        }
    }
}

/// Appends a number in its format.
pub(super) fn write_number(raw: &str, format: &CellFormat, dates: DateSystem, field: &mut Vec<u8>) {
    let raw = raw.trim();
    if raw.is_empty() {
        return;
    }
    let Some(stored) = Stored::read(raw) else {
        return Cell::Unreadable { raw }.write(field);
    };
    let value = stored.number.plain();
    if stored.is_long() {
        let is_exact = !stored.is_rounded;
        let value = value.as_str();
        return Cell::LongNumber { value, is_exact }.write(field);
    }
    let date = match format {
        CellFormat::Date(date) => Some(*date),
        CellFormat::Code(code) => code.date_for(&stored.number),
        CellFormat::General => None,
    };
    if let Some(date) = date {
        let mut shown = String::new();
        let days: f64 = raw.parse().unwrap_or(f64::NAN);
        if dates.write(days, date, &mut shown) {
            Cell::Typed { shown: &shown }.write(field);
        } else {
            Cell::NotShown { value: &value }.write(field);
        }
        return;
    }
    match format {
        CellFormat::General if stored.has_lost_digits() => Cell::LongNumber {
            value: &value,
            is_exact: false,
        }
        .write(field),
        CellFormat::General | CellFormat::Date(_) => field.extend_from_slice(value.as_bytes()),
        CellFormat::Code(code) => match code.show(&stored.number) {
            // Zeros are often hidden.
            Some(shown) if shown.is_empty() && !stored.number.is_zero() => {
                Cell::NotShown { value: &value }.write(field);
            }
            Some(shown) if shown == value => field.extend_from_slice(shown.as_bytes()),
            Some(shown) => {
                let is_complete = shows_all(&shown, &stored);
                Cell::Formatted {
                    value: &value,
                    shown: &shown,
                    is_complete,
                }
                .write(field);
            }
            None => Cell::NotShown { value: &value }.write(field),
        },
    }
}

/// Whether a text has all digits of a number, and its sign.
fn shows_all(shown: &str, stored: &Stored) -> bool {
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    let number = &stored.number;
    let has_sign = !number.is_negative || shown.contains(['-', '(']);
    let has_digits = if number.is_zero() {
        digits.contains('0')
    } else {
        digits.contains(&number.significant())
    };
    has_digits && has_sign && !stored.has_lost_digits()
}

/// Appends a text, with what its cell's format adds to it.
pub(super) fn write_text(text: &str, format: &CellFormat, field: &mut Vec<u8>) {
    let shown = match format {
        CellFormat::Code(code) if !text.trim().is_empty() => code.show_text(text),
        _ => Some(text.to_owned()),
    };
    match shown {
        Some(shown) if shown.trim() == text.trim() => field.extend_from_slice(text.as_bytes()),
        Some(shown) if !shown.trim().is_empty() => Cell::Formatted {
            value: text,
            shown: &shown,
            is_complete: shown.contains(text),
        }
        .write(field),
        _ => Cell::NotShown { value: text }.write(field),
    }
}

/// Appends a boolean.
pub(super) fn write_boolean(raw: &str, field: &mut Vec<u8>) {
    match raw.trim() {
        "1" | "true" => Cell::Typed { shown: "TRUE" }.write(field),
        "0" | "false" => Cell::Typed { shown: "FALSE" }.write(field),
        "" => {}
        raw => Cell::Unreadable { raw }.write(field),
    }
}

/// Appends an error: a text that no column accepts.
pub(super) fn write_error(raw: &str, field: &mut Vec<u8>) {
    if is_error_value(raw) || raw.trim().is_empty() {
        field.extend_from_slice(raw.as_bytes());
    } else {
        Cell::Unreadable { raw }.write(field);
    }
}

/// Appends a date that is written out, without its time where that is not shown.
pub(super) fn write_iso_date(raw: &str, format: &CellFormat, field: &mut Vec<u8>) {
    let format = match format {
        CellFormat::Date(format) => *format,
        _ => NumberFormat::Number,
    };
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
    if !shown.is_empty() {
        Cell::Typed { shown }.write(field);
    }
}

fn is_midnight(time: &str) -> bool {
    time.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.'))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::workbook::format_code::FormatCode;

    fn field(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut field = Vec::new();
        write(&mut field);
        field
    }

    fn typed(shown: &str) -> Vec<u8> {
        field(|field| Cell::Typed { shown }.write(field))
    }

    fn number(raw: &str, format: &CellFormat) -> Vec<u8> {
        field(|field| write_number(raw, format, DateSystem::From1900, field))
    }

    fn code(code: &str) -> CellFormat {
        CellFormat::Code(Rc::new(FormatCode::read(code)))
    }

    #[test]
    fn a_number_that_is_shown_as_it_is_is_a_text() {
        for (raw, format, expected) in [
            ("1.3800138E10", CellFormat::General, "13800138000"),
            ("434.99999999999994", CellFormat::General, "435"),
            ("434.99999999999994", code("0"), "435"),
            ("1200", code("0"), "1200"),
            ("", CellFormat::General, ""),
        ] {
            assert_eq!(number(raw, &format), expected.as_bytes(), "{raw}");
        }
    }

    #[test]
    fn a_number_that_is_shown_otherwise_says_both() {
        for (raw, format, value, shown, is_complete) in [
            ("7", "\"A-\"0", "7", "A-7", true),
            ("1234567", "#,##0", "1234567", "1,234,567", true),
            ("42", "00000", "42", "00042", true),
            ("0.25", "0%", "0.25", "25%", true),
            ("12.7", "0", "12.7", "13", false),
            (
                "123456789012",
                "0.00E+00",
                "123456789012",
                "1.23E+11",
                false,
            ),
            ("1", "\"yes\"", "1", "yes", false),
            ("-5", "0;0", "-5", "5", false),
            ("0", "0;-0;", "0", "", false),
        ] {
            let expected = field(|field| {
                Cell::Formatted {
                    value,
                    shown,
                    is_complete,
                }
                .write(field);
            });
            assert_eq!(number(raw, &code(format)), expected, "{raw} {format}");
        }
    }

    #[test]
    fn long_numbers_are_marked_however_they_are_shown() {
        for format in [CellFormat::General, code("0"), code("0.00E+00"), code("@")] {
            for (raw, value, is_exact) in [
                ("110101199003071234", "110101199003071000", false),
                ("1.10101199003071E+17", "110101199003071000", true),
                ("1E15", "1000000000000000", true),
            ] {
                let expected = field(|field| Cell::LongNumber { value, is_exact }.write(field));
                assert_eq!(number(raw, &format), expected, "{raw}");
            }
        }
        let lost = field(|field| {
            let value = "3.33333333333333";
            Cell::LongNumber {
                value,
                is_exact: false,
            }
            .write(field);
        });
        assert_eq!(number("3.3333333333333335", &CellFormat::General), lost);
    }

    #[test]
    fn what_is_not_shown_or_no_number_is_marked() {
        let date = CellFormat::Date(NumberFormat::Date);
        assert_eq!(number("46082", &date), typed("2026-03-01"));
        for (raw, format) in [
            ("-1", date.clone()),
            ("0", date.clone()),
            ("13800138000", date),
            ("5", code(";;;")),
            ("5", code("[DBNum1]General")),
        ] {
            let expected = field(|field| Cell::NotShown { value: raw }.write(field));
            assert_eq!(number(raw, &format), expected, "{raw}");
        }
        for raw in ["abc", "NaN", "1 2", "1e999"] {
            let expected = field(|field| Cell::Unreadable { raw }.write(field));
            assert_eq!(number(raw, &CellFormat::General), expected, "{raw}");
        }
    }

    #[test]
    fn texts_booleans_and_errors_are_what_is_shown() {
        let text = |text: &str, format: &CellFormat| field(|field| write_text(text, format, field));
        assert_eq!(text("x", &CellFormat::General), b"x");
        assert_eq!(text(" x ", &code("_-@_-")), b" x ");
        let labelled = field(|field| {
            let cell = Cell::Formatted {
                value: "x",
                shown: "No. x",
                is_complete: true,
            };
            cell.write(field);
        });
        assert_eq!(text("x", &code("\"No. \"@")), labelled);
        let hidden = field(|field| Cell::NotShown { value: "x" }.write(field));
        assert_eq!(text("x", &code(";;;")), hidden);

        assert_eq!(field(|field| write_boolean("1", field)), typed("TRUE"));
        assert_eq!(field(|field| write_boolean("0", field)), typed("FALSE"));
        let unknown = field(|field| Cell::Unreadable { raw: "2" }.write(field));
        assert_eq!(field(|field| write_boolean("2", field)), unknown);

        assert_eq!(field(|field| write_error("#N/A", field)), b"#N/A");
        let unknown = field(|field| Cell::Unreadable { raw: "x" }.write(field));
        assert_eq!(field(|field| write_error("x", field)), unknown);
    }

    #[test]
    fn dates_written_out_lose_a_time_that_is_not_shown() {
        let shown = |raw: &str, format| {
            let format = CellFormat::Date(format);
            field(|field| write_iso_date(raw, &format, field))
        };
        let date_time = NumberFormat::DateTime { fractions: false };
        assert_eq!(shown("2026-03-01", NumberFormat::Date), typed("2026-03-01"));
        assert_eq!(
            shown("2026-03-01T00:00:00Z", NumberFormat::Date),
            typed("2026-03-01")
        );
        assert_eq!(
            shown("2026-03-01T10:20:30", NumberFormat::Date),
            typed("2026-03-01")
        );
        assert_eq!(
            shown("2026-03-01T10:20:30", date_time),
            typed("2026-03-01T10:20:30")
        );
    }
}
