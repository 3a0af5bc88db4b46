//! Rows into a table: which row of a file is the one that is stored under its key, and what the
//! others are.

use std::collections::{BTreeMap, HashMap};

use sluice_aws::{Objects, Row, RowWriter};
use sluice_core::definition::{Problem, ProblemCode};
use sluice_core::import::OnDuplicate;
use sluice_core::key_loss::KeyLoss;
use sluice_core::origin::Origin;
use sluice_core::report::taken;
use sluice_core::rows::MAX_ROW_BYTES;

use super::GoodRow;
use super::displace::Displacing;
use super::writes::{Pending, Writes, Written};
use crate::WorkError;
use crate::chunk::{ChunkTry, too_large};
use crate::tally::{FailedRow, Settled};

pub(crate) struct TableSink<'a> {
    this_try: &'a ChunkTry<'a>,
    on_duplicate: OnDuplicate,
    displacing: Displacing<'a>,
    writes: Writes<'a>,
    /// The keys of this chunk and the first row of each: rows of one chunk are compared here,
    /// because their batches are written at the same time.
    seen: HashMap<String, u64>,
    /// The last row of each key so far, where rows replace others. As many as a chunk has.
    last: BTreeMap<String, Pending>,
    losses: Vec<KeyLoss>,
}

impl<'a> TableSink<'a> {
    pub(super) fn new(
        this_try: &'a ChunkTry<'a>,
        writer: &'a RowWriter,
        objects: &'a Objects,
        table: &'a str,
    ) -> Self {
        let on_duplicate = this_try.message.plan.on_duplicate;
        Self {
            this_try,
            on_duplicate,
            displacing: Displacing {
                objects,
                writer,
                table,
                message: this_try.message,
                attempt: &this_try.name,
            },
            writes: Writes::new(writer, table, on_duplicate),
            seen: HashMap::new(),
            last: BTreeMap::new(),
            losses: Vec::new(),
        }
    }

    pub(super) async fn add(&mut self, good: GoodRow) -> Result<Vec<Settled>, WorkError> {
        let pending = self.pending(good);
        let size_bytes = pending.row.size_bytes();
        if size_bytes > MAX_ROW_BYTES {
            let problem = too_large(size_bytes as u64);
            return Ok(vec![Settled::Failed(failed(pending, problem))]);
        }
        if self.on_duplicate == OnDuplicate::Overwrite {
            // The last row of each key is written, once all are known; those before it count
            // as stored and replaced.
            let replaced = self.last.insert(pending.row.key().to_owned(), pending);
            return Ok(replaced.map(|_| Settled::Succeeded).into_iter().collect());
        }
        let row = pending.row.origin.row;
        let key = pending.row.key().to_owned();
        let first = *self.seen.entry(key).or_insert(row);
        if first != row {
            return Ok(vec![self.duplicate(row, pending.record, Some(first))]);
        }
        let written = self.writes.add(pending).await?;
        Ok(self.settled(written))
    }

    /// Writes what was kept back, and puts the rows that come before stored ones of the same
    /// file in their place.
    pub(super) async fn finish(&mut self) -> Result<Vec<Settled>, WorkError> {
        let mut written = Vec::new();
        for pending in std::mem::take(&mut self.last).into_values() {
            written.extend(self.writes.add(pending).await?);
        }
        written.extend(self.writes.finish().await?);
        let later = std::mem::take(&mut self.writes.displacing);
        if !later.is_empty() {
            written.extend(self.displacing.run(later).await?);
        }
        Ok(self.settled(written))
    }

    pub(super) fn losses(&self) -> &[KeyLoss] {
        &self.losses
    }

    fn pending(&self, good: GoodRow) -> Pending {
        let task = &self.this_try.message.plan.task;
        let origin = Origin {
            task_id: task.task_id,
            row: good.row,
        };
        let definition = self.this_try.definition;
        Pending {
            row: Row::new(&task.station_id, definition, good.checked, origin),
            record: good.record,
        }
    }

    fn settled(&mut self, written: Vec<Written>) -> Vec<Settled> {
        let settle = |written| match written {
            Written::Stored => Settled::Succeeded,
            Written::Taken { pending, by_row } => {
                let row = pending.row.origin.row;
                self.losses
                    .extend(by_row.map(|by_row| KeyLoss { row, by_row }));
                self.duplicate(row, pending.record, by_row)
            }
            Written::Refused { pending, code } => {
                let row = pending.row.origin.row;
                tracing::warn!(row, code, "the store refused a row");
                let message = "the store did not accept this row";
                let problem = Problem::of_row(ProblemCode::Refused, message);
                Settled::Failed(failed(pending, problem))
            }
        };
        written.into_iter().map(settle).collect()
    }

    /// A row whose key is taken; by which row, if that one is in the same file.
    fn duplicate(&self, row: u64, record: Vec<u8>, by_row: Option<u64>) -> Settled {
        if self.on_duplicate == OnDuplicate::Skip {
            return Settled::Skipped;
        }
        Settled::Duplicate(FailedRow {
            row,
            record,
            problems: vec![taken(self.this_try.definition, by_row)],
        })
    }
}

fn failed(pending: Pending, problem: Problem) -> FailedRow {
    FailedRow {
        row: pending.row.origin.row,
        record: pending.record,
        problems: vec![problem],
    }
}
