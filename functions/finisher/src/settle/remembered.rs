//! What rows of an import have replaced, as was written down before they did.

use std::collections::HashMap;

use sluice_aws::Replaced;
use sluice_core::definition::Definition;
use sluice_core::manifest::Manifest;
use sluice_core::object_key;

use crate::{FinishError, Finisher};

/// Stored rows that were replaced. One key has several where a row was written down that an import of
/// others replaced first.
#[derive(Default)]
pub(super) struct Remembered {
    /// In the order of time.
    rows: Vec<Replaced>,
    /// Of each key the last one, which is the one that was replaced.
    last: HashMap<String, usize>,
    /// By unique column and value, which of the rows had it.
    had: HashMap<(String, String), Vec<usize>>,
}

impl Remembered {
    pub(super) async fn read(
        finisher: &Finisher,
        manifest: &Manifest,
        definition: &Definition,
    ) -> Result<Self, FinishError> {
        let prefix = object_key::all_replaced(&manifest.plan.task);
        let notes: Vec<Vec<Replaced>> = finisher.objects.get_all_json(&prefix).await?;
        let mut remembered = Self {
            rows: notes.into_iter().flatten().collect(),
            ..Self::default()
        };
        for (index, row) in remembered.rows.iter().enumerate() {
            remembered.last.insert(row.key.clone(), index);
            for column in definition.unique_columns() {
                let column = &definition.columns[column].name;
                if let Some(value) = row.text(column) {
                    let had = (column.clone(), value.to_owned());
                    remembered.had.entry(had).or_default().push(index);
                }
            }
        }
        Ok(remembered)
    }

    /// The row that a row of the import has replaced.
    pub(super) fn get(&self, key: &str) -> Option<&Replaced> {
        Some(&self.rows[*self.last.get(key)?])
    }

    /// Whether a row with another key than `key` had a value.
    pub(super) fn others_had(&self, column: String, value: &str, key: &str) -> bool {
        let had = self.had.get(&(column, value.to_owned()));
        had.is_some_and(|rows| rows.iter().any(|&index| self.rows[index].key != key))
    }

    /// All rows that were there while the import ran.
    pub(super) fn all(&self) -> &[Replaced] {
        &self.rows
    }
}
