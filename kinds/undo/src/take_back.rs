//! Taking back the rows of one chunk: what is stored is read, it is decided on, and what is to be deleted or
//! restored changes on condition that it is still as it was read.
//!
//! Which rows are about to be deleted is stored before: a try that comes after a crash counts those that are not
//! there any more as deleted, and others as gone.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt};
use sluice_aws::{
    BATCH, Change, FoundRow, Image, Objects, Place, Planned, Put, Row, RowWriter, TakenBack,
    UniqueTable, WriteError,
};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;
use sluice_basics::origin::Origin;
use sluice_definition::Definition;
use sluice_undo::{
    Held, Kept, KeptRows, RowSet, RowSetError, RowState, UndoCounts, Verdict, decide, expected,
};

use crate::known::Known;
use crate::rows::ImportedRow;

/// Rows that are read and decided on together.
const GROUP: usize = 500;
/// Requests in flight.
const REQUESTS: usize = 16;
/// Rows that are read with one request.
const READ_AT_ONCE: usize = 100;
/// How often rows are read anew that others keep changing.
const LOOKS: usize = 20;

/// The rows of one chunk being taken back.
pub(crate) struct TakeBack<'a> {
    pub(crate) objects: &'a Objects,
    /// The undo.
    pub(crate) task: &'a TaskRef,
    pub(crate) chunk: u32,
    pub(crate) import: &'a TaskRef,
    pub(crate) definition: &'a Definition,
    pub(crate) table: &'a str,
    pub(crate) writer: &'a RowWriter,
    pub(crate) known: &'a Known,
    /// What rows have replaced.
    pub(crate) images: &'a HashMap<u64, Image>,
    pub(crate) counts_only: bool,
    /// Rows that this try or an earlier one was about to delete.
    pub(crate) about_to_delete: RowSet,
    /// Tells the objects of this try from those of others.
    pub(crate) name: String,
    pub(crate) counts: UndoCounts,
    pub(crate) kept: KeptRows<'a>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum TakeBackError {
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Aws(#[from] sluice_aws::AwsError),
    #[error("a list of rows cannot be read")]
    Rows(#[from] RowSetError),
    #[error("the store does not take back a row: {0}")]
    Refused(String),
}

/// A row with what is known of it.
struct Candidate<'a> {
    number: u64,
    place: Place,
    key: &'a str,
    expected: Vec<Held>,
    before: Option<&'a Image>,
}

/// What came of a look at a row.
enum Seen {
    /// It is decided on.
    Decided(Outcome),
    /// It is to be changed.
    ToChange(Box<Planning>),
    /// The import has not stored it.
    NotStored,
}

/// What becomes of a row in the end.
enum Outcome {
    Deleted,
    Restored,
    Gone,
    Kept(Kept, Option<RowState>),
}

/// A change that is about to be made.
struct Planning {
    row: Row,
    change: Change,
    found: FoundRow,
}

impl<'a> TakeBack<'a> {
    /// Reads what earlier tries at the chunk were about to delete.
    pub(crate) async fn look_at_earlier_tries(&mut self) -> Result<(), TakeBackError> {
        let prefix = object_key::all_about_to_delete(self.task, self.chunk);
        for key in self.objects.list(&prefix).await? {
            let text = self.objects.get(&key).await?;
            let rows = RowSet::parse(&String::from_utf8_lossy(&text))?;
            self.about_to_delete = std::mem::take(&mut self.about_to_delete).with(&rows);
        }
        Ok(())
    }

    /// Takes rows back, in the order of the file.
    pub(crate) async fn run(&mut self, rows: &'a [ImportedRow]) -> Result<(), TakeBackError> {
        for (index, group) in rows.chunks(GROUP).enumerate() {
            Box::pin(self.take_back(group, index)).await?;
        }
        Ok(())
    }

    async fn take_back(
        &mut self,
        rows: &'a [ImportedRow],
        group: usize,
    ) -> Result<(), TakeBackError> {
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(rows.len());
        let candidates: Vec<Option<Candidate<'a>>> =
            rows.iter().map(|row| self.candidate(row)).collect();
        outcomes.resize_with(rows.len(), || None);
        for (outcome, candidate) in outcomes.iter_mut().zip(&candidates) {
            if candidate.is_none() {
                *outcome = Some(Outcome::Kept(Kept::Unread, None));
            }
        }
        let candidates: Vec<(usize, &Candidate<'a>)> = candidates
            .iter()
            .enumerate()
            .filter_map(|(index, candidate)| Some((index, candidate.as_ref()?)))
            .collect();
        let mut open = candidates.clone();
        for look in 0..LOOKS {
            let mut changes = Vec::new();
            for ((index, candidate), seen) in open.iter().zip(self.look(&open).await?) {
                match seen {
                    Seen::NotStored => {}
                    Seen::Decided(outcome) => outcomes[*index] = Some(outcome),
                    Seen::ToChange(planning) => changes.push((*index, *candidate, planning)),
                }
            }
            if self.counts_only {
                for (index, _, planning) in changes {
                    outcomes[index] = Some(planning.outcome());
                }
                break;
            }
            self.note_deletes(&changes, group, look).await?;
            open = Vec::new();
            for (change, made) in self.change(changes).await? {
                let (index, candidate, planning) = change;
                match made {
                    Made::Done => outcomes[index] = Some(planning.outcome()),
                    Made::Changed => open.push((index, candidate)),
                    Made::Taken(places) => {
                        let state = planning.found.state(self.definition);
                        outcomes[index] = Some(Outcome::Kept(Kept::Taken(places), Some(state)));
                    }
                }
            }
            if open.is_empty() {
                break;
            }
        }
        if !open.is_empty() && !self.counts_only {
            let why = "others keep changing the rows that are to be taken back";
            return Err(WriteError::OutOfTime(why.to_owned()).into());
        }
        let candidates: HashMap<usize, &Candidate<'a>> = candidates.into_iter().collect();
        for (index, outcome) in outcomes.into_iter().enumerate() {
            if let Some(outcome) = outcome {
                self.count(&rows[index], candidates.get(&index).copied(), outcome);
            }
        }
        Ok(())
    }

    fn candidate(&self, row: &'a ImportedRow) -> Option<Candidate<'a>> {
        let checked = row.checked.as_ref()?;
        let before = self.images.get(&row.number);
        let state = match before {
            Some(Image::Row(before)) => Some(before.state(self.definition)),
            _ => None,
        };
        Some(Candidate {
            number: row.number,
            place: Place::of_row(&self.import.station_id, self.definition, &checked.key),
            key: &checked.key,
            expected: expected(checked, state.as_ref()),
            before,
        })
    }

    /// Reads what is stored under the keys of rows, and decides on them.
    async fn look(&self, rows: &[(usize, &Candidate<'a>)]) -> Result<Vec<Seen>, TakeBackError> {
        let reads: Vec<_> = rows
            .chunks(READ_AT_ONCE)
            .map(|rows| self.find(rows))
            .collect();
        let found = futures::stream::iter(reads).buffered(REQUESTS);
        let found: Vec<Vec<Option<FoundRow>>> = found.try_collect().await?;
        let pairs = rows.iter().zip(found.into_iter().flatten());
        Ok(pairs
            .map(|((_, row), found)| self.seen(row, found))
            .collect())
    }

    async fn find(
        &self,
        rows: &[(usize, &Candidate<'a>)],
    ) -> Result<Vec<Option<FoundRow>>, WriteError> {
        let places: Vec<&Place> = rows.iter().map(|(_, row)| &row.place).collect();
        self.writer.found(self.table, &places).await
    }

    fn seen(&self, row: &Candidate<'a>, found: Option<FoundRow>) -> Seen {
        let own = Origin {
            task_id: self.import.task_id,
            row: row.number,
        };
        let is_own = found
            .as_ref()
            .is_some_and(|found| found.origin() == Some(own));
        if !is_own && !self.known.has_counted(row.number) && !self.was_about_to_delete(row.number) {
            return Seen::NotStored;
        }
        let before = match row.before {
            Some(Image::Row(before)) => Some(before),
            _ => None,
        };
        let state = found.as_ref().map(|found| found.state(self.definition));
        let before_state = before.map(|before| before.state(self.definition));
        let verdict = decide(own, &row.expected, before_state.as_ref(), state.as_ref());
        let kept = |kept: Kept| Seen::Decided(Outcome::Kept(kept, state.clone()));
        match (verdict, found) {
            (Verdict::Gone, _) if self.was_about_to_delete(row.number) => {
                Seen::Decided(Outcome::Deleted)
            }
            (Verdict::Gone, _) | (_, None) => Seen::Decided(Outcome::Gone),
            (Verdict::Restored, _) => Seen::Decided(Outcome::Restored),
            (Verdict::Kept(why), _) => kept(why),
            (Verdict::Delete | Verdict::Restore, _)
                if matches!(row.before, Some(Image::Uncertain)) =>
            {
                kept(Kept::Uncertain)
            }
            (Verdict::Delete, Some(found)) => Seen::ToChange(Box::new(Planning {
                row: Row::to_delete(row.place.clone(), own),
                change: Change::Delete,
                found,
            })),
            (Verdict::Restore, Some(found)) => match before {
                Some(before) => Seen::ToChange(Box::new(Planning {
                    row: before.row(self.definition, row.place.clone(), own),
                    change: Change::Restore(before.stamp()),
                    found,
                })),
                None => kept(Kept::Uncertain),
            },
        }
    }

    fn was_about_to_delete(&self, row: u64) -> bool {
        self.about_to_delete.contains(row)
    }

    /// Stores which rows are about to be deleted, before they are.
    async fn note_deletes(
        &mut self,
        changes: &[(usize, &Candidate<'a>, Box<Planning>)],
        group: usize,
        look: usize,
    ) -> Result<(), TakeBackError> {
        let deletes = changes
            .iter()
            .filter(|(_, _, planning)| planning.change == Change::Delete)
            .map(|(_, row, _)| row.number)
            .filter(|row| !self.about_to_delete.contains(*row));
        let deletes: RowSet = deletes.collect();
        if deletes.is_empty() {
            return Ok(());
        }
        let name = format!("{}-{group}-{look}", self.name);
        let key = object_key::about_to_delete(self.task, self.chunk, &name);
        self.objects
            .put(&key, "text/plain", deletes.to_text())
            .await?;
        self.about_to_delete = std::mem::take(&mut self.about_to_delete).with(&deletes);
        Ok(())
    }

    /// Makes changes, several batches at the same time.
    async fn change<'c>(
        &self,
        changes: Vec<(usize, &'c Candidate<'a>, Box<Planning>)>,
    ) -> Result<Vec<(Changing<'c, 'a>, Made)>, TakeBackError> {
        let mut batches: Vec<Vec<Changing<'c, 'a>>> = Vec::new();
        for change in changes {
            match batches.last_mut() {
                Some(batch) if batch.len() < BATCH => batch.push(change),
                _ => batches.push(vec![change]),
            }
        }
        let made: Vec<_> = batches
            .into_iter()
            .map(|batch| self.change_all(batch))
            .collect();
        let made = futures::stream::iter(made).buffer_unordered(REQUESTS);
        let made: Vec<Vec<_>> = made.try_collect().await?;
        Ok(made.into_iter().flatten().collect())
    }

    async fn change_all<'c>(
        &self,
        batch: Vec<Changing<'c, 'a>>,
    ) -> Result<Vec<(Changing<'c, 'a>, Made)>, TakeBackError> {
        let made = self.change_batch(&batch).await?;
        Ok(batch.into_iter().zip(made).collect())
    }

    async fn change_batch(&self, batch: &[Changing<'_, 'a>]) -> Result<Vec<Made>, TakeBackError> {
        let unique: Vec<usize> = self.definition.unique_columns().collect();
        if unique.is_empty() {
            let changes: Vec<(&Row, &Change, &FoundRow)> = batch
                .iter()
                .map(|(_, _, one)| (&one.row, &one.change, &one.found))
                .collect();
            let made = self
                .writer
                .change_as_found(self.table, self.definition, &changes)
                .await?;
            let made = made.into_iter().map(|made| match made {
                TakenBack::Done => Ok(Made::Done),
                TakenBack::Changed => Ok(Made::Changed),
                TakenBack::Refused(code) => Err(TakeBackError::Refused(code)),
            });
            return made.collect();
        }
        let station = &self.import.station_id;
        let table = UniqueTable::without_journal(self.table, station, self.definition);
        let units: Vec<Vec<Planned<'_>>> = batch
            .iter()
            .map(|(_, _, one)| {
                vec![Planned {
                    row: &one.row,
                    stored: Some(table.as_found(self.definition, &one.found)),
                    change: one.change.clone(),
                }]
            })
            .collect();
        let puts = self.writer.put(&table, &units).await?;
        let made = puts.into_iter().flatten().map(|put| match put {
            Put::Stored => Ok(Made::Done),
            Put::Exists(_) | Put::Changed | Put::Apart => Ok(Made::Changed),
            Put::Held(fields) => Ok(Made::Taken(
                fields
                    .into_iter()
                    .filter_map(|(field, _)| unique.get(field.checked_sub(1)?).copied())
                    .collect(),
            )),
            Put::Refused(code) => Err(TakeBackError::Refused(code)),
        });
        made.collect()
    }

    fn count(&mut self, row: &ImportedRow, candidate: Option<&Candidate<'_>>, outcome: Outcome) {
        let counts = &mut self.counts;
        match outcome {
            Outcome::Deleted => counts.deleted += 1,
            Outcome::Restored => counts.restored += 1,
            Outcome::Gone => counts.gone += 1,
            Outcome::Kept(why, state) => {
                counts.kept += 1;
                let (key, imported) =
                    candidate.map_or(("", &[][..]), |row| (row.key, row.expected.as_slice()));
                self.kept
                    .row(row.number, key, &why, imported, state.as_ref());
            }
        }
        if !self.known.has_counted(row.number) {
            counts.uncounted += 1;
        }
    }
}

type Changing<'c, 'a> = (usize, &'c Candidate<'a>, Box<Planning>);

/// What came of a change.
enum Made {
    Done,
    Changed,
    /// Other rows have the values of these columns.
    Taken(Vec<usize>),
}

impl Planning {
    /// What becomes of a row when it is changed.
    fn outcome(&self) -> Outcome {
        match self.change {
            Change::Delete => Outcome::Deleted,
            _ => Outcome::Restored,
        }
    }
}
