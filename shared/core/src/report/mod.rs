//! The failed-rows file: the original columns, then where and why, as CSV that a person opens
//! in a spreadsheet, mends and sends again.

mod columns;
mod escape;
mod findings;
mod part;
mod read;
mod write;

use crate::definition::{Definition, Problem, ProblemCode};

pub use columns::{ReportColumns, Whence};
pub use escape::{neutralize, restore};
pub use findings::{Findings, ProblemCount, RowProblem};
pub use part::{PartError, PartWriter, interleave, numbered_lines};
pub use read::{ReportHeader, ReportPage};
pub use write::Report;

/// What stands in the place of a sensitive value.
pub(crate) const HIDDEN: &str = "***";

/// The columns that stand after the original ones. The last one is the import in whose file the
/// row first was; `error_row` is its row there.
pub const COLUMNS: [&str; 5] = [
    "error_row",
    "error_column",
    "error_code",
    "error_message",
    "error_task",
];

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

/// A problem's message where its column does not stand beside it.
fn message(problem: &Problem) -> String {
    match problem.column.as_str() {
        "" => problem.message.clone(),
        column => format!("{column}: {}", problem.message),
    }
}
