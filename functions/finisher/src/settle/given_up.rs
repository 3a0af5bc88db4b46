//! Unique values that replaced rows had and the rows in their place do not have. They are free for
//! other rows only once the import has ended: else it would depend on the order of chunks who gets
//! them.

use sluice_aws::{BATCH, Row};
use sluice_core::origin::Origin;

use super::Settling;
use crate::FinishError;

impl Settling<'_> {
    /// Whether a row with another key than `key` had a unique value when the import began.
    pub(super) fn is_given_up(&self, field: usize, value: &str, key: &str) -> bool {
        let column = self.definition.field_name(field);
        let had = |replaced: &sluice_aws::Replaced| {
            replaced.key != key && replaced.text(&column) == Some(value)
        };
        self.replaced.values().any(had)
    }

    /// Frees the values that no row has any more.
    pub(super) async fn free_given_up(&self) -> Result<(), FinishError> {
        if !self.is_careful() {
            return Ok(());
        }
        let columns: Vec<&str> = self
            .definition
            .unique_columns()
            .map(|index| self.definition.columns[index].name.as_str())
            .collect();
        if columns.is_empty() {
            return Ok(());
        }
        // The settlement itself may have replaced rows.
        let replaced = self.finisher.replaced(self.manifest).await?;
        let task = &self.manifest.plan.task;
        let origin = Origin {
            task_id: task.task_id,
            row: 0,
        };
        let places: Vec<Row> = replaced
            .values()
            .map(|replaced| Row::at(&replaced.pk, &replaced.key, origin))
            .collect();
        let places: Vec<&Row> = places.iter().collect();
        let stored = self.writer.stored(self.table, self.definition, &places);
        let mut claims = Vec::new();
        for (replaced, now) in replaced.values().zip(stored.await?) {
            for column in &columns {
                let Some(old) = replaced.text(column) else {
                    continue;
                };
                let new = now.as_ref().and_then(|now| now.text(column));
                if new != Some(old) {
                    let key = &replaced.key;
                    claims.push(Row::claim(&task.station_id, column, old, key, origin));
                }
            }
        }
        for batch in claims.chunks(BATCH) {
            let batch: Vec<&Row> = batch.iter().collect();
            self.writer.free(self.table, &batch).await?;
        }
        Ok(())
    }
}
