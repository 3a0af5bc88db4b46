//! Rows with unique values: each is stored in one transaction with the claims on its values.

use std::sync::atomic::Ordering::Relaxed;

use sluice_aws::{Change, Planned, Put, StoredRow, UniqueTable, WriteError};
use sluice_basics::origin::Origin;

use super::{Outcome, Pending, Store};

/// How often rows are read anew that others keep changing.
const LOOKS: usize = 20;

impl Store<'_> {
    pub(super) async fn write_unique(
        &self,
        table: &UniqueTable<'_>,
        batch: &[Pending],
    ) -> Result<Vec<Outcome>, WriteError> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; batch.len()];
        let mut stored: Vec<Option<StoredRow>> = vec![None; batch.len()];
        let mut open: Vec<usize> = (0..batch.len()).collect();
        if self.rows.is_stored.load(Relaxed) {
            self.read(table, batch, &open, &mut stored).await?;
        }
        let mut existed = 0;
        for _ in 0..LOOKS {
            open.retain(|&index| {
                existed += usize::from(stored[index].is_some());
                outcomes[index] = self.outcome_of_stored(&batch[index], stored[index].as_ref());
                outcomes[index].is_none()
            });
            self.leave_out_journaled(batch, &stored, &mut open, &mut outcomes)
                .await?;
            if open.is_empty() {
                self.rows.learn(existed, batch.len());
                return Ok(outcomes.into_iter().flatten().collect());
            }
            let planned = |&index: &usize| {
                let (row, stored) = (&batch[index].row, stored[index].clone());
                vec![Planned {
                    row,
                    stored,
                    change: Change::Store,
                }]
            };
            let units: Vec<_> = open.iter().map(planned).collect();
            let puts = self.writer.put(table, &units).await?.into_iter().flatten();
            let mut changed = Vec::new();
            let mut again = Vec::new();
            for (index, put) in open.into_iter().zip(puts) {
                match put {
                    Put::Exists(row) => {
                        stored[index] = Some(row);
                        again.push(index);
                    }
                    Put::Changed | Put::Apart => {
                        changed.push(index);
                        again.push(index);
                    }
                    Put::Stored => outcomes[index] = Some(Outcome::Stored),
                    Put::Held(fields) => outcomes[index] = Some(self.outcome_of_held(fields)),
                    Put::Refused(code) => outcomes[index] = Some(Outcome::Refused(code)),
                }
            }
            self.read(table, batch, &changed, &mut stored).await?;
            open = again;
        }
        let why = "others keep changing the rows that are to be stored";
        Err(WriteError::OutOfTime(why.to_owned()))
    }

    /// Leaves out rows that another try at the chunk has stored and another import has replaced since: they
    /// would be stored a second time. Rows of the table are read before this, and are replaced only as they
    /// were read.
    pub(super) async fn leave_out_journaled(
        &self,
        batch: &[Pending],
        stored: &[Option<StoredRow>],
        open: &mut Vec<usize>,
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), WriteError> {
        let message = self.this_try.message;
        let (plan, chunk) = (&message.plan, message.chunk.number);
        if open.iter().all(|&index| stored[index].is_none())
            || !self
                .tasks
                .has_several_tries(&plan.task, plan.run, chunk)
                .await?
        {
            return Ok(());
        }
        let journal = self.tasks.journal(&plan.task, Some(chunk));
        let journaled = self.tasks.journaled(&journal).await?;
        open.retain(|&index| {
            let is_stored = journaled.contains(&batch[index].row.origin.row);
            if is_stored {
                outcomes[index] = Some(Outcome::Stored);
            }
            !is_stored
        });
        Ok(())
    }

    async fn read(
        &self,
        table: &UniqueTable<'_>,
        batch: &[Pending],
        rows: &[usize],
        stored: &mut [Option<StoredRow>],
    ) -> Result<(), WriteError> {
        let keys: Vec<&str> = rows.iter().map(|&index| batch[index].row.key()).collect();
        let found = self.writer.stored(table, &keys).await?;
        for (&index, found) in rows.iter().zip(found) {
            stored[index] = found;
        }
        Ok(())
    }

    /// What a row that is stored under the key of another means for this one. None if it is to be written.
    fn outcome_of_stored(&self, pending: &Pending, stored: Option<&StoredRow>) -> Option<Outcome> {
        let origin = stored?.origin();
        if origin == Some(pending.row.origin) {
            return Some(Outcome::Stored);
        }
        let own_row = self.own_row(origin);
        (!self.overwrites() || own_row.is_some()).then(|| Outcome::Taken(vec![(0, own_row)]))
    }

    /// What it means that other rows have values of a row. Where rows replace stored ones, a row of the file
    /// may make them give these values up.
    pub(super) fn outcome_of_held(&self, fields: Vec<(usize, Option<Origin>)>) -> Outcome {
        if self.overwrites() {
            return Outcome::Deferred;
        }
        let fields = fields.into_iter();
        let taken = fields.map(|(field, origin)| (field, self.own_row(origin)));
        Outcome::Taken(taken.collect())
    }
}
