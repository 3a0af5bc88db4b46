//! Rows that a value has taken in, as where its closing quote is missing: the next quote closes it, rows
//! further down, and the file is CSV all the same.

use std::borrow::Cow;

use sluice_csv::Fields;

use super::header::form;

/// The index of a field that has rows of the table in it, if one has: lines with as many fields as a row,
/// whose key is written like that of the record. An address of several lines has fewer delimiters, or
/// something else in the place of the key.
pub(super) fn swallowing_field(fields: &Fields<'_>, key: usize) -> Option<usize> {
    if !fields.has_line_break() {
        return None;
    }
    (0..fields.len()).find(|&field| has_rows(fields, field, key))
}

fn has_rows(fields: &Fields<'_>, field: usize, key: usize) -> bool {
    let width = fields.len();
    let delimiter = fields.dialect().delimiter.as_byte();
    let value = fields.get(field).unwrap_or_default();
    let lines = value.split(|byte| matches!(byte, b'\n' | b'\r'));
    let lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
    let [first, others @ ..] = lines.as_slice() else {
        return false;
    };
    let parts = |line: &[u8]| line.split(|byte| *byte == delimiter).count();
    let part = |line: &[u8], index: usize| {
        let part = line.split(|byte| *byte == delimiter).nth(index);
        form(text(part.unwrap_or_default()).trim())
    };
    let own = if key == field {
        part(first, 0)
    } else {
        form(text(fields.get(key).unwrap_or_default()).trim())
    };
    // A row that begins in the value and ends behind it, after one that has begun before it.
    let first_ends = field + parts(first) == width;
    let is_cut = |line: &[u8]| first_ends && key <= field && parts(line) == field + 1;
    let is_row = |line: &[u8]| width > 1 && (parts(line) == width || is_cut(line));
    !own.is_empty()
        && others
            .iter()
            .any(|line| is_row(line) && part(line, key) == own)
}

fn text(field: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(field)
}

#[cfg(test)]
mod tests {
    use sluice_csv::{Dialect, FieldReader};

    use super::*;

    fn found(record: &str) -> Option<usize> {
        let mut reader = FieldReader::new(Dialect::default());
        swallowing_field(&reader.read(record.as_bytes()), 0)
    }

    #[test]
    fn rows_in_a_value_are_found_wherever_the_quote_is() {
        for (record, field) in [
            ("M1,Ann,\"5 High St\nM2,Bo,x\nM3,Cy,The Oaks\"", 2),
            ("M1,Ann,\"5 High St\r\nM2,Bo,x\"", 2),
            ("M1,\"5 High St,Ann\nM2,6 High St,Bo\nM3,The Oaks\",Cy", 1),
            ("M1,\"5 High St,Ann\nM2,6 High St\",Bo", 1),
            ("\"1,Ann,x\n2,Bo,y\n3\",Cy,z", 0),
        ] {
            assert_eq!(found(record), Some(field), "{record}");
        }
    }

    #[test]
    fn values_of_several_lines_are_left_alone() {
        for record in [
            "M1,Ann,\"5 High St\nLeeds\nLS1 4AB\"",
            "M1,Ann,\"5 High St\nLeeds, West Yorkshire, England\"",
            "M1,Ann,\"Flat 2, 5 High St\nLeeds\"",
            "M1,Ann,\"see M2\nM2\"",
            "M1,\"a\nb\",c",
            "M1,Ann,x",
            "\"M1\nM2\"",
            ",Ann,\"x\n,Bo,y\"",
        ] {
            assert_eq!(found(record), None, "{record}");
        }
    }
}
