//! Rows to an endpoint: cut into batches in the order of the file, several batches in flight,
//! and what answers, refusals and silence mean for the rows.

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use sluice_definition::{Endpoint, Problem, ProblemCode};
use sluice_import::endpoint::{BatchRequest, Batcher, RowOutcome};
use sluice_import::report::taken;

use crate::run::WorkError;
use crate::run::chunk_try::ChunkTry;
use crate::run::receiver::{CallError, Limits, Receiver};
use crate::run::row::GoodRow;
use crate::run::tally::{FailedRow, Settled};

/// Batches of one chunk in flight.
const BATCHES_AT_MOST: usize = 4;
/// As often a chunk's message is received before rows are given up for a reason that may pass:
/// until then the whole chunk fails and comes again, a little later each time.
const RECEIVES: u32 = 3;
/// How often a batch is tried in one invocation.
const TRIES: u32 = 3;
/// The same, while the endpoint seems to be down: its silence is paid for.
const TRIES_WHILE_DOWN: u32 = 1;

/// A batch and what came of it.
type Answered = (Vec<GoodRow>, Result<Vec<RowOutcome>, CallError>);

pub(crate) struct EndpointSink<'a> {
    this_try: &'a ChunkTry<'a>,
    endpoint: &'a Endpoint,
    receiver: &'a Receiver,
    batcher: Batcher<GoodRow>,
    in_flight: FuturesUnordered<BoxFuture<'a, Answered>>,
    /// Whether the batch that came back last was not settled, for a reason that may pass.
    seems_down: bool,
}

impl<'a> EndpointSink<'a> {
    pub(super) fn new(
        this_try: &'a ChunkTry<'a>,
        endpoint: &'a Endpoint,
        receiver: &'a Receiver,
    ) -> Self {
        Self {
            this_try,
            endpoint,
            receiver,
            batcher: Batcher::new(endpoint.batch_rows),
            in_flight: FuturesUnordered::new(),
            seems_down: false,
        }
    }

    pub(super) async fn add(&mut self, good: GoodRow) -> Result<Vec<Settled>, WorkError> {
        let mut settled = Vec::new();
        if let Some(batch) = self.batcher.push(good) {
            self.send(batch)?;
            while self.in_flight.len() >= BATCHES_AT_MOST {
                self.take_one(&mut settled).await?;
            }
        }
        Ok(settled)
    }

    pub(super) async fn finish(&mut self) -> Result<Vec<Settled>, WorkError> {
        if let Some(batch) = self.batcher.rest() {
            self.send(batch)?;
        }
        let mut settled = Vec::new();
        while !self.in_flight.is_empty() {
            self.take_one(&mut settled).await?;
        }
        Ok(settled)
    }

    fn send(&mut self, batch: Vec<GoodRow>) -> Result<(), WorkError> {
        let rows: Vec<_> = batch.iter().map(|good| (good.row, &good.checked)).collect();
        let plan = &self.this_try.message.plan;
        let request = BatchRequest::new(plan, self.this_try.definition, &rows)?;
        let limits = Limits {
            timeout: self.endpoint.timeout,
            tries: if self.seems_down {
                TRIES_WHILE_DOWN
            } else {
                TRIES
            },
            until: self.this_try.attempt.until,
        };
        let receiver = self.receiver;
        self.in_flight.push(Box::pin(async move {
            let outcomes = receiver.deliver(request, limits).await;
            (batch, outcomes)
        }));
        Ok(())
    }

    async fn take_one(&mut self, settled: &mut Vec<Settled>) -> Result<(), WorkError> {
        let Some((batch, answer)) = self.in_flight.next().await else {
            return Ok(());
        };
        self.seems_down = matches!(answer, Err(CallError::Passing(_)));
        match answer {
            Ok(outcomes) => {
                let rows = batch.into_iter().zip(outcomes);
                settled.extend(rows.map(|(good, outcome)| self.settled(good, outcome)));
            }
            Err(error) => settled.extend(self.unsettled(batch, &error)?),
        }
        Ok(())
    }

    fn settled(&self, good: GoodRow, outcome: RowOutcome) -> Settled {
        // What it says in its own words may quote what it was sent.
        let outcome = outcome.hiding(self.this_try.definition, &good.checked);
        match outcome {
            RowOutcome::Succeeded => Settled::Succeeded,
            RowOutcome::Skipped => Settled::Skipped(good.row),
            RowOutcome::Failed { column, message } => {
                let column = column.unwrap_or_default();
                let problem = Problem::new(&column, ProblemCode::Refused, message);
                Settled::Failed(failed(good, problem))
            }
            RowOutcome::Duplicate { column, message } => {
                let mut problem = taken(self.this_try.definition, 0, None);
                problem.column = column.unwrap_or(problem.column);
                problem.message = message.unwrap_or(problem.message);
                Settled::Duplicate(failed(good, problem))
            }
        }
    }

    /// What becomes of a batch whose rows the endpoint did not settle. An error if the chunk is
    /// to come again.
    fn unsettled(&self, batch: Vec<GoodRow>, error: &CallError) -> Result<Vec<Settled>, WorkError> {
        let message = &self.this_try.message;
        let receive_count = self.this_try.attempt.receive_count;
        tracing::warn!(
            task = %message.plan.task,
            chunk = message.chunk.number,
            endpoint = self.endpoint.name,
            rows = batch.len(),
            receive_count,
            %error,
            "an endpoint did not settle a batch"
        );
        let title = self.endpoint.title();
        let (problem, outcome): (_, fn(FailedRow) -> Settled) = match error {
            CallError::Refused(_) => {
                let text = format!("the {title} refused the batch that this row was in: {error}");
                let problem = Problem::of_row(ProblemCode::Refused, text);
                (problem, Settled::Failed)
            }
            CallError::Passing(why) if receive_count < RECEIVES => {
                return Err(WorkError::Endpoint {
                    title,
                    why: why.clone(),
                });
            }
            CallError::Passing(_) => {
                let text = format!("the {title} could not be reached: {error}; retry the task");
                let problem = Problem::of_row(ProblemCode::Unavailable, text);
                (problem, Settled::Unavailable)
            }
        };
        let rows = batch.into_iter();
        Ok(rows
            .map(|good| outcome(failed(good, problem.clone())))
            .collect())
    }
}

fn failed(good: GoodRow, problem: Problem) -> FailedRow {
    FailedRow {
        row: good.row,
        record: good.record,
        problems: vec![problem],
    }
}
