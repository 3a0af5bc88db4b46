//! How a batch of rows gets into the table. Nothing is read unless a write has found something in its way,
//! or the rows before were stored already.

mod plain;
mod undoable;
mod unique;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use sluice_aws::{AwsError, Images, Objects, RowWriter, TaskStore, UniqueTable, WriteError};
use sluice_basics::ids::TaskId;
use sluice_basics::origin::Origin;
use sluice_definition::OnDuplicate;

use super::pending::{Pending, Taken};
use crate::run::REQUESTS_AT_MOST;
use crate::run::chunk_try::ChunkTry;

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Stored,
    /// Other rows hold these fields.
    Taken(Vec<Taken>),
    /// Another row has a value of it, which a row of the file may give up yet.
    Deferred,
    Refused(String),
}

pub(crate) type Written = (Pending, Outcome);

/// The table of a definition, and the rule for what is in it.
pub(crate) struct Store<'a> {
    pub(crate) on_duplicate: OnDuplicate,
    writer: &'a RowWriter,
    table: &'a str,
    /// Where columns are unique.
    unique: Option<UniqueTable<'a>>,
    tasks: &'a TaskStore,
    this_try: &'a ChunkTry<'a>,
    task_id: TaskId,
    rows: Finding,
    /// Where it is kept what rows replace, if it is.
    images: Option<Images<'a>>,
}

/// What the last batch has found, if there was one.
#[derive(Default)]
struct Finding {
    is_known: AtomicBool,
    /// Whether most rows were stored already: then the next ones probably are, too, and asking to
    /// replace them costs one write instead of two.
    is_stored: AtomicBool,
}

impl Finding {
    fn learn(&self, stored: usize, of: usize) {
        if of > 0 {
            self.is_stored.store(2 * stored > of, Relaxed);
        }
        self.is_known.store(true, Relaxed);
    }
}

impl<'a> Store<'a> {
    pub(crate) fn new(
        this_try: &'a ChunkTry<'a>,
        writer: &'a RowWriter,
        table: &'a str,
        tasks: &'a TaskStore,
        objects: &'a Objects,
    ) -> Self {
        let (plan, definition) = (&this_try.message.plan, this_try.definition);
        let journal = || tasks.journal(&plan.task, Some(this_try.message.chunk.number));
        let is_unique = definition.unique_columns().next().is_some();
        Self {
            on_duplicate: plan.on_duplicate,
            writer,
            table,
            unique: is_unique
                .then(|| UniqueTable::new(table, &plan.task.station_id, definition, journal())),
            tasks,
            this_try,
            task_id: plan.task.task_id,
            rows: Finding::default(),
            images: plan.undoable.then_some(Images {
                objects,
                task: &plan.task,
                chunk: Some(this_try.message.chunk.number),
            }),
        }
    }

    /// Whether what rows replace is kept before they do.
    pub(crate) fn keeps_images(&self) -> bool {
        self.images.is_some()
    }

    /// How many objects say by now what the chunk's rows have replaced.
    pub(crate) async fn images(&self) -> Result<u64, AwsError> {
        match &self.images {
            Some(images) => images.count().await,
            None => Ok(0),
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
    pub(crate) async fn write(&self, batch: Vec<Pending>) -> Result<Vec<Written>, WriteError> {
        let outcomes = match &self.unique {
            Some(table) => self.write_unique(table, &batch).await?,
            None => self.write_plain(&batch).await?,
        };
        Ok(batch.into_iter().zip(outcomes).collect())
    }

    /// The row of the same file, if it is one.
    fn own_row(&self, origin: Option<Origin>) -> Option<u64> {
        let origin = origin.filter(|origin| origin.task_id == self.task_id)?;
        Some(origin.row)
    }
}
