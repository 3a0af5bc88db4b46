//! Rows into a table: gathered into batches, several batches in flight, answers taken as they come. Holds
//! a bounded number of rows. None of them wants what another row of the file wants: those that do are
//! deferred before they come here.

use std::collections::HashSet;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use sluice_aws::{AwsError, BATCH, WriteError};
use sluice_definition::OnDuplicate;
use sluice_definition::{Problem, ProblemCode};

use super::pending::{Pending, problems};
use super::store::{Outcome, Store, Written};
use crate::run::WorkError;
use crate::run::chunk_try::ChunkTry;
use crate::run::row::GoodRow;
use crate::run::tally::Settled;

/// Rows whose images are kept in one object: each may be as large as an item can be.
const KEPT_TOGETHER: usize = 500;

pub(crate) struct TableSink<'a> {
    this_try: &'a ChunkTry<'a>,
    store: Arc<Store<'a>>,
    /// Rows that an earlier try is known to have stored.
    journaled: HashSet<u64>,
    gathered: Vec<Pending>,
    /// The sequence of the next object with what rows replace, once it is known.
    sequence: Option<u32>,
    in_flight: FuturesUnordered<BoxFuture<'a, Result<Vec<Written>, WriteError>>>,
}

impl<'a> TableSink<'a> {
    pub(super) fn new(
        this_try: &'a ChunkTry<'a>,
        store: Store<'a>,
        journaled: HashSet<u64>,
    ) -> Self {
        Self {
            this_try,
            store: Arc::new(store),
            journaled,
            gathered: Vec::with_capacity(BATCH),
            sequence: None,
            in_flight: FuturesUnordered::new(),
        }
    }

    pub(super) async fn images(&mut self) -> Result<u64, AwsError> {
        self.store.images().await
    }

    /// Adds a row; waits while as many batches as allowed are in flight. Returns what became of earlier
    /// rows meanwhile.
    pub(super) async fn add(&mut self, good: GoodRow) -> Result<Vec<Settled>, WorkError> {
        if self.journaled.contains(&good.row) {
            return Ok(vec![Settled::Succeeded]);
        }
        match Pending::new(self.this_try, good) {
            Ok(pending) => self.gathered.push(pending),
            Err(too_large) => return Ok(vec![Settled::Failed(too_large)]),
        }
        if self.store.keeps_images() {
            return if self.gathered.len() < KEPT_TOGETHER {
                Ok(Vec::new())
            } else {
                self.replace().await
            };
        }
        if self.gathered.len() < BATCH {
            return Ok(Vec::new());
        }
        self.send();
        let mut settled = Vec::new();
        while self.in_flight.len() >= self.store.batches_at_most() {
            self.take_one(&mut settled).await?;
        }
        Ok(settled)
    }

    /// Writes all that was added and waits for it.
    pub(super) async fn finish(&mut self) -> Result<Vec<Settled>, WorkError> {
        if self.store.keeps_images() {
            return self.replace().await;
        }
        self.send();
        let mut settled = Vec::new();
        while !self.in_flight.is_empty() {
            self.take_one(&mut settled).await?;
        }
        Ok(settled)
    }

    /// Writes all that was gathered once what it replaces is kept.
    async fn replace(&mut self) -> Result<Vec<Settled>, WorkError> {
        let rows = std::mem::take(&mut self.gathered);
        let store = Arc::clone(&self.store);
        let written = store.replace(rows, &mut self.sequence).await?.into_iter();
        Ok(written
            .map(|(pending, outcome)| self.settle(pending, outcome))
            .collect())
    }

    fn send(&mut self) {
        if self.gathered.is_empty() {
            return;
        }
        let batch = std::mem::replace(&mut self.gathered, Vec::with_capacity(BATCH));
        let store = Arc::clone(&self.store);
        self.in_flight
            .push(Box::pin(async move { store.write(batch).await }));
    }

    async fn take_one(&mut self, settled: &mut Vec<Settled>) -> Result<(), WorkError> {
        if let Some(written) = self.in_flight.next().await {
            let written = written?.into_iter();
            settled.extend(written.map(|(pending, outcome)| self.settle(pending, outcome)));
        }
        Ok(())
    }

    fn settle(&self, pending: Pending, outcome: Outcome) -> Settled {
        match outcome {
            Outcome::Stored => Settled::Succeeded,
            Outcome::Deferred => Settled::Deferred(pending.failed(Vec::new())),
            Outcome::Taken(_) if self.store.on_duplicate == OnDuplicate::Skip => {
                Settled::Skipped(pending.row.origin.row)
            }
            Outcome::Taken(fields) => {
                let problems = problems(self.this_try.definition, &fields);
                Settled::Duplicate(pending.failed(problems))
            }
            Outcome::Refused(code) => {
                let row = pending.row.origin.row;
                tracing::warn!(row, code, "the store refused a row");
                let message = "the store did not accept this row";
                let problem = Problem::of_row(ProblemCode::Refused, message);
                Settled::Failed(pending.failed(vec![problem]))
            }
        }
    }
}
