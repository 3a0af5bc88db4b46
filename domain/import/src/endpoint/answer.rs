//! Judging an answer: it settles each row of its batch exactly once, or it is not believed at
//! all.

use std::collections::HashMap;

use serde::Deserialize;

/// The longest answer that is read.
pub const MAX_ANSWER_BYTES: usize = 1 << 20;
/// The longest message, in characters, that goes into a report.
const MAX_MESSAGE_CHARS: usize = 500;

/// What the endpoint did with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOutcome {
    /// It took the row, now or at an earlier try.
    Succeeded,
    /// It does not accept the row.
    Failed {
        /// The column that is to blame, if the endpoint says so.
        column: Option<String>,
        /// Why, for the person who will mend the row.
        message: String,
    },
    /// It has such a row already.
    Duplicate {
        /// The column that is to blame, if the endpoint says so.
        column: Option<String>,
        /// What it says about that, if anything.
        message: Option<String>,
    },
    /// It left the row out, as it was told to.
    Skipped,
}

/// Why an answer is not believed. No text of the answer is in it, so that it can be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Longer than [`MAX_ANSWER_BYTES`].
    #[error("it is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    /// Not JSON, or not of the form that was agreed on.
    #[error("it is not the JSON that was agreed on (line {line}, column {column})")]
    Syntax {
        /// The line where that shows, from 1.
        line: usize,
        /// The place in the line.
        column: usize,
    },
    /// It speaks of a row that was not sent.
    #[error("it has the row {0}, which was not sent")]
    Foreign(u64),
    /// It speaks of a row twice.
    #[error("it has the row {0} twice")]
    Twice(u64),
    /// It says nothing about a row.
    #[error("it lacks the row {0}")]
    Missing(u64),
    /// It has an outcome that there is not.
    #[error("it has an unknown outcome for the row {0}")]
    Outcome(u64),
    /// A row failed, and it does not say why.
    #[error("it does not say why the row {0} failed")]
    Wordless(u64),
}

#[derive(Deserialize)]
struct Answer {
    rows: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    row: u64,
    outcome: String,
    column: Option<String>,
    message: Option<String>,
}

/// What became of each row of a batch, in the order of the batch.
pub fn judge(batch: &[u64], answer: &[u8]) -> Result<Vec<RowOutcome>, Unusable> {
    if answer.len() > MAX_ANSWER_BYTES {
        return Err(Unusable::TooLong);
    }
    let answer: Answer = serde_json::from_slice(answer).map_err(|error| Unusable::Syntax {
        line: error.line(),
        column: error.column(),
    })?;
    let places: HashMap<u64, usize> = batch.iter().copied().zip(0..).collect();
    let mut outcomes: Vec<Option<RowOutcome>> = vec![None; batch.len()];
    for entry in answer.rows {
        let row = entry.row;
        let place = *places.get(&row).ok_or(Unusable::Foreign(row))?;
        if outcomes[place].replace(entry.outcome()?).is_some() {
            return Err(Unusable::Twice(row));
        }
    }
    batch
        .iter()
        .zip(outcomes)
        .map(|(row, outcome)| outcome.ok_or(Unusable::Missing(*row)))
        .collect()
}

impl Entry {
    fn outcome(self) -> Result<RowOutcome, Unusable> {
        let column = self.column.as_deref().and_then(clean);
        let message = self.message.as_deref().and_then(clean);
        match self.outcome.as_str() {
            "succeeded" => Ok(RowOutcome::Succeeded),
            "failed" => Ok(RowOutcome::Failed {
                column,
                message: message.ok_or(Unusable::Wordless(self.row))?,
            }),
            "duplicate" => Ok(RowOutcome::Duplicate { column, message }),
            "skipped" => Ok(RowOutcome::Skipped),
            _ => Err(Unusable::Outcome(self.row)),
        }
    }
}

/// A text that fits into a cell of a report; none if nothing is left.
fn clean(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_MESSAGE_CHARS)
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
