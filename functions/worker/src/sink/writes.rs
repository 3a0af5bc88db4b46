//! The writes of one chunk: rows gathered into batches, several batches in flight, answers
//! taken as they come. Holds a bounded number of rows.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use sluice_aws::{BATCH, WriteError};

use super::pending::Pending;
use super::store::Store;

/// A field that another row holds, and which row of the same file that is, if it is one.
pub(crate) type Taken = (usize, Option<u64>);

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Stored,
    /// Other rows hold these fields, which may be rows of the same file.
    Taken(Vec<Taken>),
    /// A row of others is, or may be, stored under its key and is to be replaced with care.
    Replaces,
    Refused(String),
}

pub(crate) type Written = (Pending, Outcome);

pub(crate) struct Writes<'a> {
    store: Arc<Store<'a>>,
    gathered: Vec<Pending>,
    in_flight: FuturesUnordered<BoxFuture<'a, Result<Vec<Written>, WriteError>>>,
}

impl<'a> Writes<'a> {
    pub(crate) fn new(store: Arc<Store<'a>>) -> Self {
        Self {
            store,
            gathered: Vec::with_capacity(BATCH),
            in_flight: FuturesUnordered::new(),
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
        let mut written = Vec::new();
        while self.in_flight.len() >= self.store.batches_at_most() {
            written.extend(self.take_one().await?);
        }
        Ok(written)
    }

    /// Writes all that was added and waits for it.
    pub(crate) async fn finish(&mut self) -> Result<Vec<Written>, WriteError> {
        self.send();
        let mut written = Vec::new();
        while !self.in_flight.is_empty() {
            written.extend(self.take_one().await?);
        }
        Ok(written)
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

    async fn take_one(&mut self) -> Result<Vec<Written>, WriteError> {
        match self.in_flight.next().await {
            Some(answer) => answer,
            None => Ok(Vec::new()),
        }
    }
}
