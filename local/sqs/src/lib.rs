//! A small, persistent Amazon SQS for one machine: standard queues in one `SQLite` file, served by
//! the JSON protocol that the AWS SDKs and the AWS CLI speak. Messages are delivered fairly between
//! message groups, as AWS documents it for fair queues.
//!
//! It does what Sluice calls, and refuses the rest: no FIFO queues, message attributes, policies or tags;
//! queues are neither listed, purged nor deleted. Requests are not authenticated: whoever serves it checks
//! who calls. Unlike AWS it delivers exactly in the order that fairness gives, counts exactly, and starts
//! the receive counts of dead letters afresh.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod content;
mod digest;
mod engine;
mod error;
mod fairness;
mod name;
mod protocol;
mod receipt;
mod settings;
mod store;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::engine::Engine;
use crate::error::SqsError;
use crate::store::Store;

pub use crate::error::OpenError;
pub use crate::protocol::BODY_BYTES;

/// An embedded SQS. Clones are cheap and share the same queues.
#[derive(Clone)]
pub struct Sqs {
    engine: Arc<Mutex<Engine>>,
}

impl Sqs {
    /// Opens the queues kept in the `SQLite` file at `path`, creating it if it is missing.
    ///
    /// Messages that were in flight become visible again: whoever received them lived with the
    /// process that ended. They keep their receive counts, so a message that kills its process
    /// still reaches the dead-letter queue; a receiver that did survive can still delete its
    /// message with the handle it holds, until the message is received again. The file belongs to
    /// one process at a time.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::load(Store::open(path)?)
    }

    /// An SQS whose queues vanish with it, for tests.
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::load(Store::in_memory()?)
    }

    /// Serves the protocol at `POST` on any path, since some clients post to the queue's URL.
    ///
    /// Queue URLs are made from the request's `Host` header: `http://<host>/000000000000/<name>`.
    /// Of the URL in a request only the last path segment counts, so URLs survive a change of port.
    pub fn router(&self) -> axum::Router {
        protocol::router(self.clone())
    }

    /// The ARN of the queue called `name`: `arn:aws:sqs:us-east-1:000000000000:<name>`.
    pub fn queue_arn(name: &str) -> String {
        name::arn(name)
    }

    /// How many messages were sent to `queue` since it was opened, dead letters not counted.
    /// Zero if there is no such queue.
    pub fn send_count(&self, queue: &str) -> u64 {
        // Counting cannot leave the engine half changed, so a poisoned lock is no reason to panic.
        let engine = self
            .engine
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        engine.send_count(queue)
    }

    fn load(store: Store) -> Result<Self, OpenError> {
        let engine = Engine::load(store, now_ms())?;
        Ok(Self {
            engine: Arc::new(Mutex::new(engine)),
        })
    }

    /// Runs `work` on the engine, off the async executor: `SQLite` blocks, if only for a moment.
    async fn with_engine<T, F>(&self, work: F) -> Result<T, SqsError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Engine, i64) -> Result<T, SqsError> + Send + 'static,
    {
        let engine = Arc::clone(&self.engine);
        let answer = tokio::task::spawn_blocking(move || {
            // A panic may have left memory and file apart: refuse until the process is restarted.
            let mut engine = engine.lock().map_err(|_| SqsError::Broken)?;
            work(&mut engine, now_ms())
        });
        answer.await.map_err(|_| SqsError::Broken)?
    }
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    elapsed.as_millis() as i64
}
