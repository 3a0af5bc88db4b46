//! Which rows with unique values a task has stored, by chunk.

use std::collections::HashSet;

use sluice_basics::ids::TaskRef;

use super::TaskStore;
use super::item::{Item, s};
use crate::error::AwsError;
use crate::row_writer::{Journal, rows_of};

impl TaskStore {
    /// Returns where it is written down which rows of a chunk are stored; without a chunk, which of those
    /// that were deferred to the end.
    pub fn journal(&self, task: &TaskRef, chunk: Option<u32>) -> Journal {
        let part = chunk.map_or_else(|| "deferred".to_owned(), |chunk| format!("{chunk:08}"));
        Journal {
            table: self.table.clone(),
            pk: format!("ROWS#{}#{}#{part}", task.station_id, task.task_id),
        }
    }

    /// Reads which rows are stored.
    pub async fn journaled(&self, journal: &Journal) -> Result<HashSet<u64>, AwsError> {
        let mut rows = HashSet::new();
        let mut start: Option<Item> = None;
        loop {
            let answer = self
                .dynamodb
                .query()
                .table_name(&journal.table)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", s(&journal.pk))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            rows.extend(answer.items.unwrap_or_default().iter().flat_map(rows_of));
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(rows);
            }
        }
    }
}
