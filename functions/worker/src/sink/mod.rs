//! Where the good rows of a chunk go: into a table, or to an endpoint. Either takes one row after
//! the other, holds a bounded number of them, and says of each once what became of it.

mod check;
mod endpoint;
mod pending;
mod store;
mod table;
mod writes;

use serde_json::Value;
use sluice_aws::RowWriter;
use sluice_core::definition::{CheckedRow, Endpoint, Problem, ProblemCode, Target};

use crate::chunk::ChunkTry;
use crate::tally::{FailedRow, Settled};
use crate::{WorkError, Worker};
use check::CheckSink;
use endpoint::EndpointSink;
use table::TableSink;

/// A row that passed the checks, with its text in the file for the report.
#[derive(Debug)]
pub(crate) struct GoodRow {
    pub(crate) row: u64,
    pub(crate) record: Vec<u8>,
    pub(crate) checked: CheckedRow,
}

pub(crate) enum Sink<'a> {
    /// Nowhere: a dry run.
    Check(CheckSink<'a>),
    Table(Box<TableSink<'a>>),
    Endpoint(EndpointSink<'a>),
    /// An endpoint that this installation does not have; what each row is told.
    NotSetUp(Problem),
}

impl Worker {
    /// Where the rows of a try go. None if the worker does not know the table of the definition.
    pub(crate) fn sink<'a>(
        &'a self,
        this_try: &'a ChunkTry<'a>,
        writer: &'a RowWriter,
    ) -> Option<Sink<'a>> {
        let is_dry_run = this_try.message.plan.dry_run;
        match &this_try.definition.target {
            Target::Table(name) => {
                let table = self.config.row_tables.get(name)?;
                if is_dry_run {
                    let check = CheckSink::new(this_try, Some((writer, table)));
                    return Some(Sink::Check(check));
                }
                let sink = TableSink::new(this_try, writer, &self.objects, table);
                Some(Sink::Table(Box::new(sink)))
            }
            Target::Endpoint(_) if is_dry_run => Some(Sink::Check(CheckSink::new(this_try, None))),
            Target::Endpoint(endpoint) => Some(match self.config.receivers.get(&endpoint.name) {
                Some(receiver) => Sink::Endpoint(EndpointSink::new(this_try, endpoint, receiver)),
                None => Sink::NotSetUp(not_set_up(endpoint)),
            }),
        }
    }
}

fn not_set_up(endpoint: &Endpoint) -> Problem {
    let message = format!(
        "the {} is not set up on this installation: set its address and its key, then retry the \
         task",
        endpoint.title()
    );
    Problem::of_row(ProblemCode::Unavailable, message)
}

impl Sink<'_> {
    /// Adds a row; waits while as much is in flight as allowed. Returns what became of rows
    /// meanwhile.
    pub(crate) async fn add(&mut self, good: GoodRow) -> Result<Vec<Settled>, WorkError> {
        match self {
            Self::Check(check) => check.add(good).await,
            Self::Table(table) => table.add(good).await,
            Self::Endpoint(endpoint) => endpoint.add(good).await,
            Self::NotSetUp(problem) => Ok(vec![Settled::Unavailable(FailedRow {
                row: good.row,
                record: good.record,
                problems: vec![problem.clone()],
            })]),
        }
    }

    /// Waits for all that was added.
    pub(crate) async fn finish(&mut self) -> Result<Vec<Settled>, WorkError> {
        match self {
            Self::Check(check) => check.finish().await,
            Self::Table(table) => table.finish().await,
            Self::Endpoint(endpoint) => endpoint.finish().await,
            Self::NotSetUp(_) => Ok(Vec::new()),
        }
    }

    /// What the finisher must know of rows that want the same as others of the file: as JSON, if
    /// there is anything.
    pub(crate) fn contests(&self) -> Result<Option<Value>, serde_json::Error> {
        let note = match self {
            Self::Check(check) => serde_json::to_value(check.wants())?,
            Self::Table(table) => serde_json::to_value(table.contests())?,
            Self::Endpoint(_) | Self::NotSetUp(_) => Value::Null,
        };
        let is_empty = note.as_array().is_none_or(Vec::is_empty);
        Ok((!is_empty).then_some(note))
    }
}
