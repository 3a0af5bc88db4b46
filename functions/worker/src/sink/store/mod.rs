//! How a batch of rows gets into the table: claims on unique values first, then the rows whose
//! claims hold. Nothing is read unless a write has found something taken.

mod claims;
mod put;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use sluice_aws::{Expected, Holder, Row, RowWriter, WriteError};
use sluice_core::definition::Definition;
use sluice_core::ids::TaskId;
use sluice_core::import::OnDuplicate;

use super::pending::Pending;
use super::writes::{Outcome, Written};
use crate::REQUESTS_AT_MOST;
use crate::chunk::ChunkTry;
use put::Put;

/// The table of a definition, and the rule for what is in it.
pub(crate) struct Store<'a> {
    pub(crate) writer: &'a RowWriter,
    pub(crate) table: &'a str,
    pub(crate) on_duplicate: OnDuplicate,
    definition: &'a Definition,
    task_id: TaskId,
    /// Whether stored rows are remembered before they are replaced.
    is_careful: bool,
    rows: Finding,
    claims: Finding,
}

/// What the last batch has found, if there was one.
#[derive(Default)]
struct Finding {
    is_known: AtomicBool,
    /// Whether most items were stored already: then the next ones probably are, too, and asking to
    /// replace them costs one write instead of two.
    is_stored: AtomicBool,
}

impl Finding {
    fn of(is_stored: bool) -> Self {
        Self {
            is_known: AtomicBool::new(true),
            is_stored: AtomicBool::new(is_stored),
        }
    }

    fn learn(&self, stored: usize, of: usize) {
        if of > 0 {
            self.is_stored.store(2 * stored > of, Relaxed);
        }
        self.is_known.store(true, Relaxed);
    }
}

impl<'a> Store<'a> {
    pub(crate) fn new(this_try: &ChunkTry<'a>, writer: &'a RowWriter, table: &'a str) -> Self {
        let plan = &this_try.message.plan;
        Self {
            writer,
            table,
            on_duplicate: plan.on_duplicate,
            definition: this_try.definition,
            task_id: plan.task.task_id,
            is_careful: this_try.definition.remembers_replaced(),
            rows: Finding::default(),
            claims: Finding::default(),
        }
    }

    /// How many batches may be in flight: where rows may be stored already, the first one goes
    /// alone and shows what the others will find.
    pub(crate) fn batches_at_most(&self) -> usize {
        let looks = self.overwrites() && !self.rows.is_known.load(Relaxed);
        if looks { 1 } else { REQUESTS_AT_MOST }
    }

    fn overwrites(&self) -> bool {
        self.on_duplicate == OnDuplicate::Overwrite
    }

    /// Writes at most 25 rows with different keys and values.
    pub(crate) async fn write(&self, mut batch: Vec<Pending>) -> Result<Vec<Written>, WriteError> {
        let claimed = self.claim(&mut batch).await?;
        let open: Vec<&Row> = batch
            .iter()
            .zip(&claimed)
            .filter_map(|(pending, refusal)| refusal.is_none().then_some(&pending.row))
            .collect();
        let written = match (self.overwrites(), self.is_careful) {
            (true, false) => {
                let puts = self.put(&open, Expected::OfOthers, &self.rows).await?;
                puts.into_iter().map(Put::outcome).collect()
            }
            (true, true) => self.insert_or_look(&open).await?,
            (false, _) => self.insert_new(&open).await?,
        };
        let mut written = written.into_iter();
        let mut outcomes = Vec::with_capacity(batch.len());
        for refusal in claimed {
            outcomes.extend(refusal.or_else(|| written.next()));
        }
        let outcomes = self.release(&batch, outcomes).await?;
        Ok(batch.into_iter().zip(outcomes).collect())
    }

    /// Inserts rows whose keys nobody may have.
    async fn insert_new(&self, rows: &[&Row]) -> Result<Vec<Outcome>, WriteError> {
        let puts = self.insert(rows).await?.into_iter();
        let outcome = |put| match put {
            Put::Unexpected => Put::Taken(None).outcome(),
            put => put.outcome(),
        };
        Ok(puts.map(outcome).collect())
    }

    /// Inserts rows that are not stored. If the last ones were, it is not tried: it must be read
    /// what they replace anyway.
    async fn insert_or_look(&self, rows: &[&Row]) -> Result<Vec<Outcome>, WriteError> {
        if self.rows.is_stored.load(Relaxed) {
            return Ok(vec![Outcome::Replaces; rows.len()]);
        }
        let puts = self.insert(rows).await?;
        let stored = puts.iter().filter(|put| **put == Put::Unexpected).count();
        self.rows.learn(stored, rows.len());
        Ok(puts.into_iter().map(Put::outcome).collect())
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
        let mut updated = self.update(&there).await?.into_iter();
        let mut inserted = self.insert(&gone).await?.into_iter();
        for (_, expected) in rows {
            let put = match expected {
                Some(_) => updated.next(),
                None => inserted.next(),
            };
            outcomes.extend(put.map(Put::outcome));
        }
        Ok(outcomes)
    }

    /// The row of the same file that holds something, if it is one.
    fn row_of(&self, holder: &Holder) -> Option<u64> {
        let origin = holder.origin?;
        (origin.task_id == self.task_id).then_some(origin.row)
    }
}
