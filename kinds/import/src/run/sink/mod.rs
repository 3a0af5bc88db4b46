//! Where the good rows of a chunk go: into a table, or to an endpoint. Either takes one row after
//! the other, holds a bounded number of them, and says of each once what became of it.

mod check;
mod endpoint;
mod pending;
mod store;
mod table;

use std::collections::HashSet;

use sluice_aws::{AwsError, RowWriter, UniqueTable};
use sluice_definition::{Endpoint, Problem, ProblemCode, Target};

use crate::run::chunk_try::ChunkTry;
use crate::run::row::GoodRow;
use crate::run::tally::{FailedRow, Settled};
use crate::run::{RunImport, WorkError};
use check::CheckSink;
use endpoint::EndpointSink;
use store::Store;
use table::TableSink;

pub(crate) enum Sink<'a> {
    /// Nowhere: a dry run.
    Check(CheckSink<'a>),
    Table(Box<TableSink<'a>>),
    Endpoint(EndpointSink<'a>),
    /// An endpoint that this installation does not have; what each row is told.
    NotSetUp(Problem),
}

impl RunImport {
    /// Where the rows of a try go. None if the worker does not know the table of the definition.
    pub(crate) async fn sink<'a>(
        &'a self,
        this_try: &'a ChunkTry<'a>,
        writer: &'a RowWriter,
    ) -> Result<Option<Sink<'a>>, WorkError> {
        let (plan, definition) = (&this_try.message.plan, this_try.definition);
        let journal = || {
            self.tasks
                .journal(&plan.task, Some(this_try.message.chunk.number))
        };
        let endpoint = match &definition.target {
            Target::Table(name) => {
                let Some(table) = self.config.row_tables.get(name) else {
                    return Ok(None);
                };
                if plan.dry_run {
                    let station = &plan.task.station_id;
                    let table = UniqueTable::new(table, station, definition, journal());
                    let check = CheckSink::new(this_try, Some((writer, table)));
                    return Ok(Some(Sink::Check(check)));
                }
                let store = Store::new(this_try, writer, table, &self.tasks, &self.objects);
                let is_unique = definition.unique_columns().next().is_some();
                let journaled = if is_unique && this_try.attempt.tries.are_several() {
                    self.tasks.journaled(&journal()).await?
                } else {
                    HashSet::new()
                };
                let sink = TableSink::new(this_try, store, journaled);
                return Ok(Some(Sink::Table(Box::new(sink))));
            }
            Target::Endpoint(endpoint) => endpoint,
        };
        if plan.dry_run {
            return Ok(Some(Sink::Check(CheckSink::new(this_try, None))));
        }
        Ok(Some(match self.config.receivers.get(&endpoint.name) {
            Some(receiver) => Sink::Endpoint(EndpointSink::new(this_try, endpoint, receiver)),
            None => Sink::NotSetUp(not_set_up(endpoint)),
        }))
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

    /// How many objects say by now what rows have replaced.
    pub(crate) async fn images(&mut self) -> Result<u64, AwsError> {
        match self {
            Self::Table(table) => table.images().await,
            Self::Check(_) | Self::Endpoint(_) | Self::NotSetUp(_) => Ok(0),
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
}
