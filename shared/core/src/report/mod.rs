//! The failed-rows file: the original columns, then where and why, as CSV that a person opens
//! in a spreadsheet, mends and sends again.

mod read;

use std::borrow::Cow;

use crate::csv::Fields;
use crate::definition::{Definition, Problem, ProblemCode};

pub use read::{ReportHeader, ReportPage};

/// The columns that stand after the original ones.
pub const COLUMNS: [&str; 4] = ["error_row", "error_column", "error_code", "error_message"];

/// Collects the failed rows of one chunk.
#[derive(Debug)]
pub struct PartWriter {
    csv: csv::Writer<Vec<u8>>,
    width: usize,
}

impl PartWriter {
    /// A part of a report on a file whose header has `width` fields.
    pub fn new(width: usize) -> Self {
        let csv = csv::WriterBuilder::new()
            .flexible(true)
            .from_writer(Vec::new());
        Self { csv, width }
    }

    /// Adds a row. A row with fewer fields than the header is filled up, so that the columns
    /// after them stay in place; surplus fields come at the very end.
    pub fn row(&mut self, row: u64, fields: Option<&Fields<'_>>, problems: &[Problem]) {
        let field = |index| {
            fields
                .and_then(|fields| fields.get(index))
                .unwrap_or_default()
        };
        for index in 0..self.width {
            self.write(&String::from_utf8_lossy(field(index)));
        }
        let join = |part: fn(&Problem) -> String| {
            let mut parts: Vec<String> = problems.iter().map(part).collect();
            parts.retain(|part| !part.is_empty());
            parts.join("; ")
        };
        self.write(&row.to_string());
        self.write(&join(|problem| problem.column.clone()));
        self.write(&join(|problem| problem.code.to_string()));
        self.write(&join(|problem| match problem.column.as_str() {
            "" => problem.message.clone(),
            column => format!("{column}: {}", problem.message),
        }));
        for index in self.width..fields.map_or(0, Fields::len) {
            self.write(&String::from_utf8_lossy(field(index)));
        }
        self.end_record();
    }

    /// The part's bytes.
    ///
    /// # Panics
    /// Never: a `Vec` takes every byte.
    pub fn into_bytes(self) -> Vec<u8> {
        self.csv.into_inner().expect("a Vec takes every byte")
    }

    fn write(&mut self, field: &str) {
        self.csv
            .write_field(&*neutralize(field))
            .expect("a Vec takes every byte");
    }

    fn end_record(&mut self) {
        self.csv
            .write_record(None::<&[u8]>)
            .expect("a Vec takes every byte");
    }
}

/// The report's first line.
pub fn header_line(header: &[String]) -> Vec<u8> {
    let mut part = PartWriter::new(0);
    for name in header {
        part.write(name);
    }
    for name in COLUMNS {
        part.write(name);
    }
    part.end_record();
    part.into_bytes()
}

/// What is wrong with a row that wants what another row holds: the key (field 0) or a value of a
/// unique column (fields from 1); by which row, if that one is in the same file.
pub fn taken(definition: &Definition, field: usize, by_row: Option<u64>) -> Problem {
    let message = match by_row {
        Some(row) => format!("already taken by row {row} of this file"),
        None => "already taken".to_owned(),
    };
    Problem::new(
        &definition.field_name(field),
        ProblemCode::Duplicate,
        message,
    )
}

/// A field as a spreadsheet may show it without running it: text that would be read as a
/// formula gets an apostrophe in front, and so does text that already has one before such a
/// text, so that taking one apostrophe away always gives the original.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
pub fn neutralize(field: &str) -> Cow<'_, str> {
    if is_formula(field.trim_start_matches('\'')) {
        Cow::Owned(format!("'{field}"))
    } else {
        Cow::Borrowed(field)
    }
}

/// What [`neutralize`] was given.
pub fn restore(field: &str) -> &str {
    match field.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) => rest,
        _ => field,
    }
}

/// Whether a spreadsheet would compute the text. A sign before digits only is a number (most
/// often a phone number), which does no harm.
fn is_formula(text: &str) -> bool {
    match text.as_bytes() {
        [b'=' | b'@' | b'\t' | b'\r', ..] => true,
        [b'+' | b'-', rest @ ..] => rest
            .iter()
            .any(|b| !b.is_ascii_digit() && !b" .-()".contains(b)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::{Dialect, FieldReader};

    fn part(record: &[u8], width: usize) -> String {
        let mut reader = FieldReader::new(Dialect::default());
        let fields = reader.read(record);
        let mut part = PartWriter::new(width);
        part.row(
            7,
            Some(&fields),
            &[Problem::new("email", ProblemCode::NotAnEmail, "wrong")],
        );
        String::from_utf8(part.into_bytes()).expect("UTF-8")
    }

    #[test]
    fn the_original_columns_come_first_and_unchanged() {
        assert_eq!(
            part(b"1,\"a,\"\"b\"\n", 2),
            "1,\"a,\"\"b\",7,email,not_an_email,email: wrong\n"
        );
    }

    #[test]
    fn ragged_rows_keep_the_error_columns_in_place() {
        assert_eq!(part(b"1\n", 2), "1,,7,email,not_an_email,email: wrong\n");
        assert_eq!(
            part(b"1,2,3\n", 2),
            "1,2,7,email,not_an_email,email: wrong,3\n"
        );
    }

    #[test]
    fn formulas_are_not_run_and_can_be_restored() {
        for (field, shown) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("'=1", "''=1"),
            ("+8613812345678", "+8613812345678"),
            ("-12.5", "-12.5"),
            ("O'Neill", "O'Neill"),
            ("'quoted'", "'quoted'"),
        ] {
            assert_eq!(neutralize(field), shown);
            assert_eq!(restore(shown), field);
        }
    }
}
