//! How a batch of rows gets into the table: claims on unique values first, then the rows whose
//! claims hold. Nothing is read unless a write has found something taken.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use sluice_aws::{BATCH, Expected, Holder, Inserted, Row, RowWriter, Updated, WriteError};
use sluice_core::ids::TaskId;
use sluice_core::import::OnDuplicate;

use super::pending::Pending;
use super::writes::{Outcome, Taken, Written};
use crate::REQUESTS_AT_MOST;

/// The table of a definition, and the rule for what is in it.
pub(crate) struct Store<'a> {
    pub(crate) writer: &'a RowWriter,
    pub(crate) table: &'a str,
    pub(crate) task_id: TaskId,
    pub(crate) on_duplicate: OnDuplicate,
    /// Whether stored rows are remembered before they are replaced.
    pub(crate) is_careful: bool,
    /// Whether it is known yet if rows are found stored.
    has_looked: AtomicBool,
    /// Whether the last rows were found stored: then the next ones probably are, too, and asking
    /// to replace them costs one write instead of two.
    finds_stored: AtomicBool,
}

impl<'a> Store<'a> {
    pub(crate) fn new(
        writer: &'a RowWriter,
        table: &'a str,
        task_id: TaskId,
        on_duplicate: OnDuplicate,
        is_careful: bool,
    ) -> Self {
        Self {
            writer,
            table,
            task_id,
            on_duplicate,
            is_careful,
            has_looked: AtomicBool::new(false),
            finds_stored: AtomicBool::new(false),
        }
    }

    /// How many batches may be in flight: where rows may be stored already, the first one goes
    /// alone and shows what the others will find.
    pub(crate) fn batches_at_most(&self) -> usize {
        let looks = self.on_duplicate == OnDuplicate::Overwrite && !self.has_looked.load(Relaxed);
        if looks { 1 } else { REQUESTS_AT_MOST }
    }

    /// Writes at most 25 rows with different keys and values.
    pub(crate) async fn write(&self, batch: Vec<Pending>) -> Result<Vec<Written>, WriteError> {
        let claimed = self.claim(&batch).await?;
        let open: Vec<&Row> = batch
            .iter()
            .zip(&claimed)
            .filter_map(|(pending, claims)| claims.holds_all().then_some(&pending.row))
            .collect();
        let written = match (self.on_duplicate, self.is_careful) {
            (OnDuplicate::Overwrite, false) => self.replace_or_insert(&open).await?,
            (OnDuplicate::Overwrite, true) => self.insert_or_look(&open).await?,
            (OnDuplicate::Reject | OnDuplicate::Skip, _) => self.insert(&open).await?,
        };
        let mut written = written.into_iter();
        let mut outcomes = Vec::with_capacity(batch.len());
        for claims in claimed {
            outcomes.push(if claims.holds_all() {
                written.next().unwrap_or(Outcome::Stored)
            } else {
                claims.refusal()
            });
        }
        self.release(&batch, &outcomes).await?;
        Ok(batch.into_iter().zip(outcomes).collect())
    }

    /// Claims the unique values of rows.
    async fn claim(&self, batch: &[Pending]) -> Result<Vec<Claimed>, WriteError> {
        let claims: Vec<(usize, usize, &Row)> = (0..)
            .zip(batch)
            .flat_map(|(index, pending)| {
                let claims = pending.claims.iter();
                claims.map(move |(field, claim)| (index, *field, claim))
            })
            .collect();
        let mut claimed = vec![Claimed::default(); batch.len()];
        for claims in claims.chunks(BATCH) {
            let rows: Vec<&Row> = claims.iter().map(|(_, _, claim)| *claim).collect();
            let inserted = self.writer.insert(self.table, &rows).await?;
            for (&(index, field, _), inserted) in claims.iter().zip(inserted) {
                match inserted {
                    Inserted::Stored => {}
                    Inserted::Refused(code) => claimed[index].refused = Some(code),
                    Inserted::Taken(holder) => {
                        let by_row = self.row_of(&holder);
                        let key = batch[index].row.key();
                        // What the row that is to be replaced has claimed goes on to be its own.
                        if by_row.is_some() || holder.claim_key.as_deref() != Some(key) {
                            claimed[index].taken.push((field, by_row));
                        }
                    }
                }
            }
        }
        Ok(claimed)
    }

    /// Gives back what rows claimed that are not stored.
    pub(crate) async fn release(
        &self,
        batch: &[Pending],
        outcomes: &[Outcome],
    ) -> Result<(), WriteError> {
        let is_out = |outcome: &Outcome| matches!(outcome, Outcome::Taken(_) | Outcome::Refused(_));
        let claims: Vec<&Row> = batch
            .iter()
            .zip(outcomes)
            .filter(|(_, outcome)| is_out(outcome))
            .flat_map(|(pending, _)| pending.claims.iter().map(|(_, claim)| claim))
            .collect();
        for claims in claims.chunks(BATCH) {
            self.writer.delete(self.table, claims).await?;
        }
        Ok(())
    }

    async fn insert(&self, rows: &[&Row]) -> Result<Vec<Outcome>, WriteError> {
        let inserted = self.writer.insert(self.table, rows).await?;
        let outcome = |inserted| match inserted {
            Inserted::Stored => Outcome::Stored,
            Inserted::Refused(code) => Outcome::Refused(code),
            Inserted::Taken(holder) => match self.row_of(&holder) {
                None if self.on_duplicate == OnDuplicate::Overwrite => Outcome::Replaces,
                by_row => taken(by_row),
            },
        };
        Ok(inserted.into_iter().map(outcome).collect())
    }

    /// Inserts rows that are not stored. If the last ones were, it is not tried: it must be read
    /// what they replace anyway.
    async fn insert_or_look(&self, rows: &[&Row]) -> Result<Vec<Outcome>, WriteError> {
        if self.finds_stored.load(Relaxed) {
            return Ok(vec![Outcome::Replaces; rows.len()]);
        }
        let outcomes = self.insert(rows).await?;
        let is_stored = |outcome: &&Outcome| **outcome == Outcome::Replaces;
        self.learn(outcomes.iter().filter(is_stored).count(), rows.len());
        Ok(outcomes)
    }

    fn learn(&self, stored: usize, of: usize) {
        if of > 0 {
            self.finds_stored.store(2 * stored > of, Relaxed);
        }
        self.has_looked.store(true, Relaxed);
    }

    /// Writes rows whatever others have stored. What is tried first follows what was found last.
    async fn replace_or_insert(&self, rows: &[&Row]) -> Result<Vec<Outcome>, WriteError> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; rows.len()];
        let mut open: Vec<usize> = (0..rows.len()).collect();
        let mut replaces = self.finds_stored.load(Relaxed);
        let mut stored = 0;
        // A row that is deleted and stored again in between is asked for again; what was found
        // alternates only as long as others write the same keys.
        while !open.is_empty() {
            let batch: Vec<&Row> = open.iter().map(|&index| rows[index]).collect();
            let found = if replaces {
                let expected = batch.iter().map(|row| (*row, Expected::OfOthers));
                let expected: Vec<_> = expected.collect();
                let updated = self.writer.update(self.table, &expected).await?;
                stored += updated
                    .iter()
                    .filter(|one| **one == Updated::Stored)
                    .count();
                updated.into_iter().map(|one| self.updated(one)).collect()
            } else {
                self.insert(&batch).await?
            };
            let mut again = Vec::new();
            for (&index, outcome) in open.iter().zip(found) {
                match outcome {
                    Outcome::Replaces => again.push(index),
                    outcome => outcomes[index] = Some(outcome),
                }
            }
            open = again;
            replaces = !replaces;
        }
        self.learn(stored, rows.len());
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// What an update means; [`Outcome::Replaces`] where the row is to be inserted after all.
    fn updated(&self, updated: Updated) -> Outcome {
        match updated {
            Updated::Stored => Outcome::Stored,
            Updated::Absent => Outcome::Replaces,
            Updated::Refused(code) => Outcome::Refused(code),
            Updated::Other(holder) => match self.row_of(&holder) {
                None => Outcome::Replaces,
                by_row => taken(by_row),
            },
        }
    }

    /// Replaces at most 25 stored rows that are as they were read; none stands for no row.
    /// [`Outcome::Replaces`] where they are not any more.
    pub(crate) async fn replace(
        &self,
        rows: &[(&Row, Option<Expected>)],
    ) -> Result<Vec<Outcome>, WriteError> {
        let mut outcomes = Vec::with_capacity(rows.len());
        let there: Vec<_> = rows
            .iter()
            .filter_map(|(row, expected)| Some((*row, (*expected)?)))
            .collect();
        let gone: Vec<&Row> = rows
            .iter()
            .filter_map(|(row, expected)| expected.is_none().then_some(*row))
            .collect();
        let mut updated = self.writer.update(self.table, &there).await?.into_iter();
        let mut inserted = self.insert(&gone).await?.into_iter();
        for (_, expected) in rows {
            outcomes.extend(match expected {
                Some(_) => updated.next().map(|updated| self.updated(updated)),
                None => inserted.next(),
            });
        }
        Ok(outcomes)
    }

    /// The row of the same file that holds something, if it is one.
    fn row_of(&self, holder: &Holder) -> Option<u64> {
        let origin = holder.origin?;
        (origin.task_id == self.task_id).then_some(origin.row)
    }
}

/// What a row's claims came to.
#[derive(Clone, Debug, Default)]
struct Claimed {
    /// Those that others have.
    taken: Vec<Taken>,
    refused: Option<String>,
}

impl Claimed {
    fn holds_all(&self) -> bool {
        self.taken.is_empty() && self.refused.is_none()
    }

    fn refusal(&self) -> Outcome {
        match &self.refused {
            Some(code) => Outcome::Refused(code.clone()),
            None => Outcome::Taken(self.taken.clone()),
        }
    }
}

fn taken(by_row: Option<u64>) -> Outcome {
    Outcome::Taken(vec![(0, by_row)])
}
