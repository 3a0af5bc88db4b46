//! A row on its way to where it goes.

use sluice_basics::rows::MAX_ROW_BYTES;
use sluice_definition::{CheckedRow, Problem, ProblemCode};

/// A row that passed the checks, with its text in the file for the report.
#[derive(Debug)]
pub(crate) struct GoodRow {
    pub(crate) row: u64,
    pub(crate) record: Vec<u8>,
    pub(crate) checked: CheckedRow,
}

/// The problem of a row that no item can hold.
pub(crate) fn too_large(bytes: u64) -> Problem {
    let message = format!("the row takes {bytes} bytes, at most {MAX_ROW_BYTES} can be stored");
    Problem::of_row(ProblemCode::TooLarge, message)
}
