//! The writes of one chunk: rows gathered into batches, several batches in flight, answers
//! taken as they come. Holds a bounded number of rows.

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use sluice_aws::{BATCH, Inserted, Row, RowWriter, WriteError};
use sluice_core::import::OnDuplicate;
use sluice_core::origin::Origin;

use crate::REQUESTS_AT_MOST;

/// A row to be written, with its text in the file for the report.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) row: Row,
    pub(crate) record: Vec<u8>,
}

/// What became of a row.
#[derive(Debug)]
pub(crate) enum Written {
    Stored,
    /// Its key belongs to another row, which may be one of the same file.
    Taken {
        pending: Pending,
        by_row: Option<u64>,
    },
    Refused {
        pending: Pending,
        code: String,
    },
}

type Batch = (Vec<Pending>, Vec<Inserted>);

pub(crate) struct Writes<'a> {
    writer: &'a RowWriter,
    table: &'a str,
    on_duplicate: OnDuplicate,
    gathered: Vec<Pending>,
    in_flight: FuturesUnordered<BoxFuture<'a, Result<Batch, WriteError>>>,
    /// Rows whose key is held by a later row of the same file, with that one.
    pub(crate) displacing: Vec<(Pending, Origin)>,
}

impl<'a> Writes<'a> {
    pub(crate) fn new(writer: &'a RowWriter, table: &'a str, on_duplicate: OnDuplicate) -> Self {
        Self {
            writer,
            table,
            on_duplicate,
            gathered: Vec::with_capacity(BATCH),
            in_flight: FuturesUnordered::new(),
            displacing: Vec::new(),
        }
    }

    /// Adds a row; waits while as many batches as allowed are in flight. Returns what became
    /// of earlier rows meanwhile.
    pub(crate) async fn add(&mut self, pending: Pending) -> Result<Vec<Written>, WriteError> {
        self.gathered.push(pending);
        if self.gathered.len() < BATCH {
            return Ok(Vec::new());
        }
        self.send();
        let mut settled = Vec::new();
        while self.in_flight.len() >= REQUESTS_AT_MOST {
            self.take_one(&mut settled).await?;
        }
        Ok(settled)
    }

    /// Writes all that was added and waits for it.
    pub(crate) async fn finish(&mut self) -> Result<Vec<Written>, WriteError> {
        self.send();
        let mut settled = Vec::new();
        while !self.in_flight.is_empty() {
            self.take_one(&mut settled).await?;
        }
        Ok(settled)
    }

    fn send(&mut self) {
        if self.gathered.is_empty() {
            return;
        }
        let batch = std::mem::replace(&mut self.gathered, Vec::with_capacity(BATCH));
        let (writer, table, on_duplicate) = (self.writer, self.table, self.on_duplicate);
        self.in_flight.push(Box::pin(async move {
            let (rows, records): (Vec<Row>, Vec<Vec<u8>>) = batch
                .into_iter()
                .map(|pending| (pending.row, pending.record))
                .unzip();
            let outcomes = if on_duplicate == OnDuplicate::Overwrite {
                writer.overwrite(table, &rows).await?;
                rows.iter().map(|_| Inserted::Stored).collect()
            } else {
                writer.insert(table, &rows).await?
            };
            let batch = rows.into_iter().zip(records);
            Ok((
                batch.map(|(row, record)| Pending { row, record }).collect(),
                outcomes,
            ))
        }));
    }

    async fn take_one(&mut self, settled: &mut Vec<Written>) -> Result<(), WriteError> {
        let Some(answer) = self.in_flight.next().await else {
            return Ok(());
        };
        let (batch, outcomes) = answer?;
        for (pending, outcome) in batch.into_iter().zip(outcomes) {
            match judge(pending, outcome) {
                Verdict::Settled(outcome) => settled.push(outcome),
                Verdict::Displaces(pending, loser) => self.displacing.push((pending, loser)),
            }
        }
        Ok(())
    }
}

/// What a write's outcome means for a row.
pub(crate) enum Verdict {
    Settled(Written),
    /// The row stands before the one that holds its key.
    Displaces(Pending, Origin),
}

pub(crate) fn judge(pending: Pending, outcome: Inserted) -> Verdict {
    let own = pending.row.origin;
    Verdict::Settled(match outcome {
        Inserted::Stored => Written::Stored,
        Inserted::Refused(code) => Written::Refused { pending, code },
        Inserted::Taken(Some(holder)) if holder.task_id == own.task_id => {
            if holder.row > own.row {
                return Verdict::Displaces(pending, holder);
            }
            let by_row = Some(holder.row);
            Written::Taken { pending, by_row }
        }
        Inserted::Taken(_) => Written::Taken {
            pending,
            by_row: None,
        },
    })
}
