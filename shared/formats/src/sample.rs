//! The first rows of a file for which there is no definition yet.

use sluice_definition::looks_like_row;
use sluice_import::ImportOptions;

use crate::FormatError;
use crate::find::headerless_dialect;
use crate::preview::Text;

/// The header and the first rows of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// The names of its columns: the fields of the first line that is not blank.
    pub names: Vec<String>,
    /// The rows after it. A row may have more or fewer fields.
    pub rows: Vec<Vec<String>>,
    /// Whether the first line has the values of a row, not names.
    pub looks_like_row: bool,
}

/// Reads the header and at most `rows` rows from the first bytes of a text or of a gzip file; `whole` says whether they
/// are all. Returns none if it is a workbook. Encoding and delimiter are detected as for an import.
///
/// # Errors
///
/// If it is no text that can be read.
pub fn sample(head: &[u8], whole: bool, rows: usize) -> Result<Option<Sample>, FormatError> {
    let options = ImportOptions::default();
    let Some(text) = Text::of_head(head, whole, &options)? else {
        return Ok(None);
    };
    let dialect = headerless_dialect(&options, &text.head());
    let lines = text.lines(dialect, rows.saturating_add(1));
    let mut lines = lines.into_iter().map(|line| line.fields);
    let names = lines.next().unwrap_or_default();
    let rows: Vec<Vec<String>> = lines.collect();
    Ok(Some(Sample {
        looks_like_row: looks_like_row(&names, &rows),
        names,
        rows,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn the_delimiter_and_the_encoding_are_detected() {
        let text = "Größe;Name\n1,5;\"a;b\"\n2,5;c\n";
        let bytes = encoding_rs::WINDOWS_1252.encode(text).0;
        let sample = sample(&bytes, true, 1)
            .expect("a text")
            .expect("no workbook");
        assert_eq!(sample.names, owned(&["Größe", "Name"]));
        assert_eq!(sample.rows, [owned(&["1,5", "a;b"])]);
        assert!(!sample.looks_like_row);
    }

    #[test]
    fn a_line_that_is_cut_off_is_no_row_and_values_are_no_header() {
        let cut = sample(b"7,a@example.com\n8,b@exa", false, 5);
        let cut = cut.expect("a text").expect("no workbook");
        assert_eq!(cut.rows, Vec::<Vec<String>>::new());
        assert!(cut.looks_like_row);
    }
}
