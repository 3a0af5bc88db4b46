//! How a failed-rows file and an exported file have columns and fields, and what they are when the file comes
//! back.

mod columns;
mod escape;

pub use columns::{ReportColumns, Whence, carries_report_names, is_as_reported, is_export_mark};
pub use escape::{is_neutralized, neutralize, restore};

/// The last column of an exported CSV file: when the export began. Its texts are as a report shows them.
pub const EXPORTED_AT: &str = "sluice_exported_at";

/// The last column of an exported workbook: when the export began. Its texts are as they are.
pub const EXPORTED_ON: &str = "sluice_exported_on";

/// The columns that stand after the original ones. The last one is the import in whose file the
/// row first was; `error_row` is its row there.
pub const COLUMNS: [&str; 5] = [
    "error_row",
    "error_column",
    "error_code",
    "error_message",
    "error_task",
];
