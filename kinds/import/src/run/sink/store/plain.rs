//! Rows that are told apart by their keys alone.

use std::sync::atomic::Ordering::Relaxed;

use sluice_aws::{Inserted, Row, Stamp, Updated, WriteError};

use super::{Outcome, Pending, Store};

impl Store<'_> {
    pub(super) async fn write_plain(&self, batch: &[Pending]) -> Result<Vec<Outcome>, WriteError> {
        let rows: Vec<&Row> = batch.iter().map(|pending| &pending.row).collect();
        if self.overwrites() {
            return self.put(&rows).await;
        }
        let inserted = self.writer.insert(self.table, &rows).await?.into_iter();
        Ok(inserted.map(|inserted| self.inserted(inserted)).collect())
    }

    /// Stores rows whether or not there are rows with their keys. What is tried first follows what was
    /// found last.
    async fn put(&self, rows: &[&Row]) -> Result<Vec<Outcome>, WriteError> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; rows.len()];
        let mut open: Vec<usize> = (0..rows.len()).collect();
        let mut replaces = self.rows.is_stored.load(Relaxed);
        let mut stored = 0;
        // A row that is deleted and stored again in between is asked for again; what was found
        // alternates only as long as others write the same keys.
        while !open.is_empty() {
            let batch: Vec<&Row> = open.iter().map(|&index| rows[index]).collect();
            let found: Vec<Option<Outcome>> = if replaces {
                let updated = self.writer.update(self.table, &batch).await?;
                stored += updated
                    .iter()
                    .filter(|one| **one == Updated::Stored)
                    .count();
                updated.into_iter().map(|one| self.updated(one)).collect()
            } else {
                let inserted = self.writer.insert(self.table, &batch).await?.into_iter();
                let outcome = |inserted| match inserted {
                    Inserted::Taken(Stamp(origin)) if self.own_row(origin).is_none() => None,
                    inserted => Some(self.inserted(inserted)),
                };
                inserted.map(outcome).collect()
            };
            let mut again = Vec::new();
            for (&index, outcome) in open.iter().zip(found) {
                match outcome {
                    Some(outcome) => outcomes[index] = Some(outcome),
                    None => again.push(index),
                }
            }
            open = again;
            replaces = !replaces;
        }
        self.rows.learn(stored, rows.len());
        Ok(outcomes.into_iter().flatten().collect())
    }

    fn inserted(&self, inserted: Inserted) -> Outcome {
        match inserted {
            Inserted::Stored | Inserted::Already => Outcome::Stored,
            Inserted::Taken(Stamp(origin)) => Outcome::Taken(vec![(0, self.own_row(origin))]),
            Inserted::Refused(code) => Outcome::Refused(code),
        }
    }

    /// None if there is nothing to replace.
    fn updated(&self, updated: Updated) -> Option<Outcome> {
        match updated {
            Updated::Stored | Updated::Already => Some(Outcome::Stored),
            Updated::Absent => None,
            Updated::Other(Stamp(origin)) => Some(Outcome::Taken(vec![(0, self.own_row(origin))])),
            Updated::Refused(code) => Some(Outcome::Refused(code)),
        }
    }
}
