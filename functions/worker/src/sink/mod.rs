//! Where the good rows of a chunk go: into a table, or to an endpoint. Either takes one row after
//! the other, holds a bounded number of them, and says of each once what became of it.

mod endpoint;
mod store;
mod table;
mod writes;

use sluice_aws::RowWriter;
use sluice_core::contest::Contest;
use sluice_core::definition::{CheckedRow, Endpoint, Problem, ProblemCode, Target};

use crate::chunk::ChunkTry;
use crate::tally::{FailedRow, Settled};
use crate::{WorkError, Worker};
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
        match &this_try.definition.target {
            Target::Table(name) => {
                let table = self.config.row_tables.get(name)?;
                let sink = TableSink::new(this_try, writer, &self.objects, table);
                Some(Sink::Table(Box::new(sink)))
            }
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
            Self::Table(table) => table.finish().await,
            Self::Endpoint(endpoint) => endpoint.finish().await,
            Self::NotSetUp(_) => Ok(Vec::new()),
        }
    }

    /// Rows that met others of the file.
    pub(crate) fn contests(&self) -> &[Contest] {
        match self {
            Self::Table(table) => table.contests(),
            Self::Endpoint(_) | Self::NotSetUp(_) => &[],
        }
    }
}
