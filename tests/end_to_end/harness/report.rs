//! The failed-rows file, taken apart.

/// What stands after the original columns.
const ERROR_COLUMNS: [&str; 4] = ["error_row", "error_column", "error_code", "error_message"];

/// One line of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct FailedRow {
    /// The original columns.
    pub fields: Vec<String>,
    pub row: u64,
    pub column: String,
    pub code: String,
    pub message: String,
    /// Fields beyond the header's.
    pub surplus: Vec<String>,
}

/// The lines of a failed-rows file whose original has these headers.
pub fn failed_rows(file: &[u8], header: &csv::ByteRecord) -> Vec<FailedRow> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(file);
    let mut lines = reader.records().map(|line| line.expect("a UTF-8 line"));
    let first = lines.next().expect("a header");
    let width = header.len();
    let original: Vec<&[u8]> = first.iter().take(width).map(str::as_bytes).collect();
    assert_eq!(original, header.iter().collect::<Vec<_>>());
    assert_eq!(first.iter().skip(width).collect::<Vec<_>>(), ERROR_COLUMNS);
    lines
        .map(|line| {
            let mut fields: Vec<String> = line.iter().map(str::to_owned).collect();
            let surplus = fields.split_off(width + ERROR_COLUMNS.len());
            let mut errors = fields.split_off(width).into_iter();
            let mut next = || errors.next().expect("four error columns");
            let row = next().parse().expect("a row number");
            FailedRow {
                fields,
                row,
                column: next(),
                code: next(),
                message: next(),
                surplus,
            }
        })
        .collect()
}
