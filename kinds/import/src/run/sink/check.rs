//! Rows of a dry run: what stands in their way is read, nothing is written.

use sluice_aws::{RowWriter, StoredRow, UniqueTable};
use sluice_definition::OnDuplicate;

use super::pending::{Pending, Taken, problems};
use crate::run::WorkError;
use crate::run::chunk_try::ChunkTry;
use crate::run::row::GoodRow;
use crate::run::tally::Settled;

/// Rows that are looked at together.
const ROWS_AT_ONCE: usize = 100;

pub(crate) struct CheckSink<'a> {
    this_try: &'a ChunkTry<'a>,
    /// The table that an import would write to; none if an endpoint would take the rows.
    table: Option<(&'a RowWriter, UniqueTable<'a>)>,
    gathered: Vec<(Vec<(usize, String)>, Pending)>,
}

impl<'a> CheckSink<'a> {
    pub(super) fn new(
        this_try: &'a ChunkTry<'a>,
        table: Option<(&'a RowWriter, UniqueTable<'a>)>,
    ) -> Self {
        Self {
            this_try,
            table,
            gathered: Vec::new(),
        }
    }

    pub(super) async fn add(&mut self, good: GoodRow) -> Result<Vec<Settled>, WorkError> {
        if self.table.is_none() {
            return Ok(vec![Settled::Succeeded]);
        }
        let claims = self.this_try.definition.claims(&good.checked);
        match Pending::new(self.this_try, good) {
            Ok(pending) => self.gathered.push((claims, pending)),
            Err(too_large) => return Ok(vec![Settled::Failed(too_large)]),
        }
        if self.gathered.len() < ROWS_AT_ONCE {
            return Ok(Vec::new());
        }
        self.finish().await
    }

    pub(super) async fn finish(&mut self) -> Result<Vec<Settled>, WorkError> {
        let gathered = std::mem::take(&mut self.gathered);
        let Some((writer, table)) = &self.table else {
            return Ok(Vec::new());
        };
        let keys: Vec<&str> = gathered
            .iter()
            .map(|(_, pending)| pending.row.key())
            .collect();
        let values = gathered.iter().flat_map(|(claims, _)| &claims[1..]);
        let values: Vec<(usize, &str)> = values
            .map(|(field, value)| (*field, value.as_str()))
            .collect();
        let stored = writer.stored(table, &keys).await?;
        let mut holders = writer.holders(table, &values).await?.into_iter();
        let mut settled = Vec::with_capacity(gathered.len());
        for ((claims, pending), stored) in gathered.into_iter().zip(stored) {
            let holders = claims[1..]
                .iter()
                .map(|(field, _)| (*field, holders.next().flatten()));
            let held: Vec<Taken> = holders
                .filter(|(_, holder)| holder.as_ref().is_some_and(|key| key != pending.row.key()))
                .map(|(field, _)| (field, None))
                .collect();
            settled.push(self.settle(pending, stored.as_ref(), held));
        }
        Ok(settled)
    }

    fn settle(&self, pending: Pending, stored: Option<&StoredRow>, held: Vec<Taken>) -> Settled {
        let on_duplicate = self.this_try.message.plan.on_duplicate;
        let barred = match (on_duplicate, stored) {
            (OnDuplicate::Overwrite, _) if !held.is_empty() => {
                return Settled::Deferred(pending.failed(Vec::new()));
            }
            (OnDuplicate::Reject | OnDuplicate::Skip, Some(_)) if held.is_empty() => {
                vec![(0, None)]
            }
            _ => held,
        };
        if barred.is_empty() {
            return Settled::Succeeded;
        }
        if on_duplicate == OnDuplicate::Skip {
            return Settled::Skipped(pending.row.origin.row);
        }
        Settled::Duplicate(pending.failed(problems(self.this_try.definition, &barred)))
    }
}
