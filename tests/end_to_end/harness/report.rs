//! The failed-rows file, taken apart.

/// What stands after the original columns.
const ERROR_COLUMNS: [&str; 5] = [
    "error_row",
    "error_column",
    "error_code",
    "error_message",
    "error_task",
];

/// One line of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct FailedRow {
    /// The original columns.
    pub fields: Vec<String>,
    pub row: u64,
    pub column: String,
    pub code: String,
    pub message: String,
    /// The import in whose file the row first was.
    pub task: u64,
    /// Fields beyond the header's.
    pub surplus: Vec<String>,
}

/// The lines of a failed-rows file whose original has these headers.
pub fn failed_rows(file: &[u8], header: &csv::ByteRecord) -> Vec<FailedRow> {
    let file = file.strip_prefix(b"\xEF\xBB\xBF");
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(file.expect("a byte order mark"));
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
            let mut next = || errors.next().expect("five error columns");
            let row = next().parse().expect("a row number");
            FailedRow {
                fields,
                row,
                column: next(),
                code: next(),
                message: next(),
                task: task_of(&next()),
                surplus,
            }
        })
        .collect()
}

/// A task as the file has it: as text, because a spreadsheet would shorten the number.
fn task_of(field: &str) -> u64 {
    let task = field.strip_prefix('\'').expect("a mark");
    task.parse().expect("a task")
}
