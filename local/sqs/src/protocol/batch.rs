//! What all batch requests share: the rules about their entries and the form of their results.

use std::collections::HashSet;

use serde::Serialize;

use crate::error::SqsError;

const MAX_ENTRIES: usize = 10;

/// The answer to a batch: what held and what did not, entry by entry.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchAnswer<T> {
    pub(super) successful: Vec<T>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) failed: Vec<FailedEntry>,
}

/// A batch entry that held and has nothing else to say.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DoneEntry {
    pub(super) id: String,
}

/// A batch entry that was refused.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FailedEntry {
    id: String,
    sender_fault: bool,
    code: &'static str,
    message: String,
}

impl FailedEntry {
    pub(super) fn new(id: String, error: &SqsError) -> Self {
        Self {
            id,
            sender_fault: error.is_senders_fault(),
            code: error.query_code(),
            message: error.to_string(),
        }
    }
}

/// Checks number and ids of a batch's entries.
pub(super) fn check_ids<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Result<(), SqsError> {
    let count = ids.len();
    if count == 0 {
        return Err(SqsError::EmptyBatchRequest);
    }
    if count > MAX_ENTRIES {
        return Err(SqsError::TooManyEntriesInBatchRequest(count));
    }
    let mut seen = HashSet::with_capacity(count);
    for id in ids {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !(1..=80).contains(&id.len()) || !id.chars().all(is_allowed) {
            return Err(SqsError::InvalidBatchEntryId);
        }
        if !seen.insert(id) {
            return Err(SqsError::BatchEntryIdsNotDistinct(id.to_owned()));
        }
    }
    Ok(())
}
