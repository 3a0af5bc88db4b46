//! What rows of an import have replaced, as was written down before they did.

use std::collections::HashMap;

use sluice_aws::Replaced;
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
}

impl Remembered {
    pub(super) async fn read(
        finisher: &Finisher,
        manifest: &Manifest,
    ) -> Result<Self, FinishError> {
        let prefix = object_key::all_replaced(&manifest.plan.task);
        let notes: Vec<Vec<Replaced>> = finisher.objects.get_all_json(&prefix).await?;
        let rows: Vec<Replaced> = notes.into_iter().flatten().collect();
        let last = rows.iter().enumerate();
        let last = last.map(|(index, row)| (row.key.clone(), index)).collect();
        Ok(Self { rows, last })
    }

    /// The row that a row of the import has replaced.
    pub(super) fn get(&self, key: &str) -> Option<&Replaced> {
        Some(&self.rows[*self.last.get(key)?])
    }

    /// All rows that were there while the import ran.
    pub(super) fn all(&self) -> &[Replaced] {
        &self.rows
    }
}
