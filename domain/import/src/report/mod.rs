//! The failed-rows file: the original columns, then where and why, as CSV that a person opens
//! in a spreadsheet, mends and sends again.

mod findings;
mod language;
mod part;
mod problems;
mod read;
mod write;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_definition::{Definition, Problem, ProblemCode};

pub use findings::{Findings, ProblemCount, RowProblem};
pub use part::{PartError, PartWriter, numbered_lines, numbered_records};
pub use problems::CodedProblem;
pub use read::{ReportHeader, ReportPage, original_names};
pub use write::Report;

/// What stands in the place of a sensitive value.
pub const HIDDEN: &str = "***";

/// A column of a file, and what it was imported as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileColumn {
    /// Its name in `values`.
    pub name: String,
    /// The column of the definition, which `column` of a row names; null where it was ignored.
    pub column: Option<String>,
}

/// A row that was not imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowError {
    /// Its number as a spreadsheet shows it: the header is row 1.
    pub row: u64,
    /// The column at fault; several are joined by `; `, and none is empty.
    pub column: String,
    /// What kind of error it is; several are joined by `; `.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
    /// The same for programs: each problem with its code and values.
    #[serde(default)]
    pub problems: Vec<CodedProblem>,
    /// The row's own text by the names of the file's header. Sensitive columns are `***`.
    pub values: BTreeMap<String, String>,
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

/// A problem's message where its column does not stand beside it.
fn message(column: &str, message: &str) -> String {
    match column {
        "" => message.to_owned(),
        column => format!("{column}: {message}"),
    }
}
