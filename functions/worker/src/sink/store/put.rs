//! Rows and claims put into the table: where nothing is, where something is, or either.

use std::sync::atomic::Ordering::Relaxed;

use sluice_aws::{Expected, Holder, Inserted, Row, Updated, WriteError};

use super::{Finding, Store};
use crate::sink::writes::Outcome;

/// What became of a row or a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Put {
    Stored,
    /// It is stored in the place of another.
    Replaced,
    /// An earlier try has stored it.
    Already,
    /// It was to be inserted, and one of the same row is there; or it was to replace one, and there
    /// is none.
    Unexpected,
    /// Another row has it, which may be one of the same file.
    Taken(Option<u64>),
    Refused(String),
}

impl Put {
    /// What it means for a row.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Stored | Self::Replaced | Self::Already => Outcome::Stored,
            Self::Unexpected => Outcome::Replaces,
            Self::Taken(by_row) => Outcome::Taken(vec![(0, by_row)]),
            Self::Refused(code) => Outcome::Refused(code),
        }
    }
}

impl Store<'_> {
    /// Puts at most 25 items into the table, whether there is one as expected or none. What is tried
    /// first follows what was found last.
    pub(super) async fn put(
        &self,
        items: &[&Row],
        expected: Expected,
        finding: &Finding,
    ) -> Result<Vec<Put>, WriteError> {
        let mut puts: Vec<Option<Put>> = vec![None; items.len()];
        let mut open: Vec<usize> = (0..items.len()).collect();
        let mut replaces = finding.is_stored.load(Relaxed);
        let mut stored = 0;
        // An item that is deleted and stored again in between is asked for again; what was found
        // alternates only as long as others write the same keys.
        while !open.is_empty() {
            let batch: Vec<&Row> = open.iter().map(|&index| items[index]).collect();
            let found = if replaces {
                let batch: Vec<_> = batch.into_iter().map(|item| (item, expected)).collect();
                let found = self.update(&batch).await?;
                let is_there = |put: &&Put| matches!(put, Put::Replaced | Put::Already);
                stored += found.iter().filter(is_there).count();
                found
            } else {
                self.insert(&batch).await?
            };
            let mut again = Vec::new();
            for (&index, put) in open.iter().zip(found) {
                match put {
                    Put::Unexpected => again.push(index),
                    put => puts[index] = Some(put),
                }
            }
            open = again;
            replaces = !replaces;
        }
        finding.learn(stored, items.len());
        Ok(puts.into_iter().flatten().collect())
    }

    pub(super) async fn insert(&self, items: &[&Row]) -> Result<Vec<Put>, WriteError> {
        let inserted = self.writer.insert(self.table, items).await?;
        let put = |(inserted, item): (Inserted, &&Row)| match inserted {
            Inserted::Stored => Put::Stored,
            Inserted::Already => Put::Already,
            Inserted::Refused(code) => Put::Refused(code),
            Inserted::Taken(holder) => self.met(item, &holder),
        };
        Ok(inserted.into_iter().zip(items).map(put).collect())
    }

    pub(super) async fn update(&self, items: &[(&Row, Expected)]) -> Result<Vec<Put>, WriteError> {
        let updated = self.writer.update(self.table, items).await?;
        let put = |(updated, (item, _)): (Updated, &(&Row, Expected))| match updated {
            Updated::Stored => Put::Replaced,
            Updated::Already => Put::Already,
            Updated::Absent => Put::Unexpected,
            Updated::Refused(code) => Put::Refused(code),
            Updated::Other(holder) => self.met(item, &holder),
        };
        Ok(updated.into_iter().zip(items).map(put).collect())
    }

    /// What it means that something is there: a row has its key, a claim may be of another row.
    fn met(&self, item: &Row, holder: &Holder) -> Put {
        let by_row = self.row_of(holder);
        if by_row.is_none() && holder.claim_key.as_deref() == item.claim_key() {
            Put::Unexpected
        } else {
            Put::Taken(by_row)
        }
    }
}
