//! Rows that may replace others, where an undo is to restore these: what is stored is read and kept, and each
//! row is written only if that is still what it replaces. A row that others have changed meanwhile is read and
//! kept again.
//!
//! Whatever a process did before it died, the last image of a row that was replaced is what it replaced: an
//! image that was kept and not used is followed by another, and a row that is stored already is known by its
//! stamp and never kept.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt};
use sluice_aws::{
    BATCH, Change, FoundRow, Image, Images, Inserted, Place, Planned, Put, Row, Stamp, StoredRow,
    TakenBack, UniqueTable, WriteError,
};

use super::{Outcome, Pending, Store, Written};
use crate::run::{REQUESTS_AT_MOST, WorkError};

/// How often rows are read anew that others keep changing.
const LOOKS: usize = 20;
/// Rows that are read with one request.
const READ_AT_ONCE: usize = 100;

/// A row and what it replaces.
type Replacing = (usize, Option<FoundRow>);

impl Store<'_> {
    /// Writes rows with different keys and values. `sequence` is that of the next object with images, once it
    /// is known.
    pub(crate) async fn replace(
        &self,
        rows: Vec<Pending>,
        sequence: &mut Option<u32>,
    ) -> Result<Vec<Written>, WorkError> {
        let Some(images) = &self.images else {
            return Ok(self.write(rows).await?);
        };
        let mut outcomes: Vec<Option<Outcome>> = vec![None; rows.len()];
        let mut open: Vec<usize> = (0..rows.len()).collect();
        let (mut kept, mut uncertain) = (HashSet::new(), Vec::new());
        for _ in 0..LOOKS {
            let mut found = self.find(&rows, &open).await?;
            open.retain(|&index| {
                outcomes[index] = self.outcome_of_found(&rows[index], found[index].as_ref());
                // Another try has stored it meanwhile: over what this one has kept, or over something else.
                if kept.contains(&index) && outcomes[index] == Some(Outcome::Stored) {
                    uncertain.push(rows[index].row.origin.row);
                }
                outcomes[index].is_none()
            });
            if let Some(table) = &self.unique {
                let stored = self.as_found(table, &found);
                self.leave_out_journaled(&rows, &stored, &mut open, &mut outcomes)
                    .await?;
            }
            let replacing: Vec<Replacing> = open
                .iter()
                .map(|&index| (index, found[index].take()))
                .collect();
            self.keep(images, &rows, &replacing, sequence).await?;
            if self.has_other_tries() {
                kept.extend(open.iter().copied());
            }
            open.clear();
            for (index, outcome) in self.write_as_found(&rows, replacing).await? {
                match outcome {
                    Some(outcome) => outcomes[index] = Some(outcome),
                    None => open.push(index),
                }
            }
            if open.is_empty() {
                let uncertain = uncertain.into_iter().map(|row| (row, Image::Uncertain));
                self.keep_images(images, uncertain.collect(), sequence)
                    .await?;
                let outcomes = outcomes.into_iter().flatten();
                return Ok(rows.into_iter().zip(outcomes).collect());
            }
        }
        let why = "others keep changing the rows that are to be replaced";
        Err(WriteError::OutOfTime(why.to_owned()).into())
    }

    /// Reads what is stored under the keys of some rows: by their places among all.
    async fn find(
        &self,
        rows: &[Pending],
        open: &[usize],
    ) -> Result<Vec<Option<FoundRow>>, WriteError> {
        let reads: Vec<_> = open
            .chunks(READ_AT_ONCE)
            .map(|open| self.find_some(rows, open))
            .collect();
        let reads = futures::stream::iter(reads).buffered(REQUESTS_AT_MOST);
        let read: Vec<Vec<Option<FoundRow>>> = reads.try_collect().await?;
        let mut found = vec![None; rows.len()];
        for (&index, row) in open.iter().zip(read.into_iter().flatten()) {
            found[index] = row;
        }
        Ok(found)
    }

    async fn find_some(
        &self,
        rows: &[Pending],
        open: &[usize],
    ) -> Result<Vec<Option<FoundRow>>, WriteError> {
        let places: Vec<&Place> = open.iter().map(|&index| &rows[index].row.place).collect();
        self.writer.found(self.table, &places).await
    }

    /// What a row that is stored under the key of another means for this one. None if it is to be written.
    fn outcome_of_found(&self, pending: &Pending, found: Option<&FoundRow>) -> Option<Outcome> {
        let origin = found?.origin();
        if origin == Some(pending.row.origin) {
            return Some(Outcome::Stored);
        }
        let own_row = self.own_row(origin);
        own_row.map(|row| Outcome::Taken(vec![(0, Some(row))]))
    }

    fn as_found(
        &self,
        table: &UniqueTable<'_>,
        found: &[Option<FoundRow>],
    ) -> Vec<Option<StoredRow>> {
        let definition = self.this_try.definition;
        let stored = found.iter().map(|found| {
            let found = found.as_ref()?;
            Some(table.as_found(definition, found))
        });
        stored.collect()
    }

    /// Keeps what rows replace.
    async fn keep(
        &self,
        images: &Images<'_>,
        rows: &[Pending],
        replacing: &[Replacing],
        sequence: &mut Option<u32>,
    ) -> Result<(), WorkError> {
        // What an earlier object says of a row that replaces nothing must not count any more.
        let keeps_nothing = self.has_other_tries() || sequence.is_some_and(|number| number > 0);
        let definition = self.this_try.definition;
        let kept = replacing.iter().filter_map(|(index, found)| {
            let image = match found {
                Some(found) => Image::Row(found.before(definition)),
                None if keeps_nothing => Image::Nothing,
                None => return None,
            };
            Some((rows[*index].row.origin.row, image))
        });
        self.keep_images(images, kept.collect(), sequence).await
    }

    async fn keep_images(
        &self,
        images: &Images<'_>,
        kept: Vec<(u64, Image)>,
        sequence: &mut Option<u32>,
    ) -> Result<(), WorkError> {
        let number = match *sequence {
            Some(number) => number,
            None if self.has_other_tries() => images.next_sequence().await?,
            None => 0,
        };
        images.keep(number, kept).await?;
        *sequence = Some(number + 1);
        Ok(())
    }

    /// Whether others have tried the chunk before, or may be trying it now. The first try does not know of those
    /// that come after it: what they keep counts, and not what it has kept.
    fn has_other_tries(&self) -> bool {
        self.this_try.attempt.tries.are_several() || self.this_try.message.plan.run > 1
    }

    /// Writes rows, each if what it replaces is still as it was found. None for those of which it is not.
    async fn write_as_found(
        &self,
        rows: &[Pending],
        replacing: Vec<Replacing>,
    ) -> Result<Vec<(usize, Option<Outcome>)>, WriteError> {
        // Statements that insert and statements that update have answers of their own.
        let (stored, new): (Vec<Replacing>, Vec<Replacing>) = replacing
            .into_iter()
            .partition(|(_, found)| found.is_some());
        let written: Vec<_> = stored
            .chunks(BATCH)
            .chain(new.chunks(BATCH))
            .map(|batch| self.write_batch(rows, batch))
            .collect();
        let written = futures::stream::iter(written).buffer_unordered(REQUESTS_AT_MOST);
        let written: Vec<Vec<(usize, Option<Outcome>)>> = written.try_collect().await?;
        Ok(written.into_iter().flatten().collect())
    }

    /// Writes rows all of which replace something, or none.
    async fn write_batch(
        &self,
        rows: &[Pending],
        batch: &[Replacing],
    ) -> Result<Vec<(usize, Option<Outcome>)>, WriteError> {
        let outcomes = match &self.unique {
            Some(table) => self.put_as_found(table, rows, batch).await?,
            None if batch.iter().all(|(_, found)| found.is_some()) => {
                self.update_as_found(rows, batch).await?
            }
            None => self.insert_new(rows, batch).await?,
        };
        let indices = batch.iter().map(|(index, _)| *index);
        Ok(indices.zip(outcomes).collect())
    }

    async fn insert_new(
        &self,
        rows: &[Pending],
        batch: &[Replacing],
    ) -> Result<Vec<Option<Outcome>>, WriteError> {
        let batch: Vec<&Row> = batch.iter().map(|(index, _)| &rows[*index].row).collect();
        let inserted = self.writer.insert(self.table, &batch).await?;
        let outcome = |inserted| match inserted {
            // By this try, or by another one: the next look finds it.
            Inserted::Already if self.has_other_tries() => None,
            Inserted::Stored | Inserted::Already => Some(Outcome::Stored),
            Inserted::Taken(Stamp(origin)) => self
                .own_row(origin)
                .map(|row| Outcome::Taken(vec![(0, Some(row))])),
            Inserted::Refused(code) => Some(Outcome::Refused(code)),
        };
        Ok(inserted.into_iter().map(outcome).collect())
    }

    async fn update_as_found(
        &self,
        rows: &[Pending],
        batch: &[Replacing],
    ) -> Result<Vec<Option<Outcome>>, WriteError> {
        let changes: Vec<(&Row, &Change, &FoundRow)> = batch
            .iter()
            .filter_map(|(index, found)| Some((&rows[*index].row, &Change::Store, found.as_ref()?)))
            .collect();
        let definition = self.this_try.definition;
        let answers = self
            .writer
            .change_as_found(self.table, definition, &changes)
            .await?;
        let outcome = |answer| match answer {
            TakenBack::Done => Some(Outcome::Stored),
            TakenBack::Changed => None,
            TakenBack::Refused(code) => Some(Outcome::Refused(code)),
        };
        Ok(answers.into_iter().map(outcome).collect())
    }

    async fn put_as_found(
        &self,
        table: &UniqueTable<'_>,
        rows: &[Pending],
        batch: &[Replacing],
    ) -> Result<Vec<Option<Outcome>>, WriteError> {
        let definition = self.this_try.definition;
        let units: Vec<Vec<Planned<'_>>> = batch
            .iter()
            .map(|(index, found)| {
                vec![Planned {
                    row: &rows[*index].row,
                    stored: found
                        .as_ref()
                        .map(|found| table.as_found(definition, found)),
                    change: Change::Store,
                }]
            })
            .collect();
        let puts = self.writer.put(table, &units).await?;
        let outcome = |put| match put {
            Put::Stored => Some(Outcome::Stored),
            Put::Exists(_) | Put::Changed | Put::Apart => None,
            Put::Held(fields) => Some(self.outcome_of_held(fields)),
            Put::Refused(code) => Some(Outcome::Refused(code)),
        };
        Ok(puts.into_iter().flatten().map(outcome).collect())
    }
}
