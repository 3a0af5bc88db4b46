//! Waiting between tries: exponential, with full jitter, until a point in time.
//! <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>

use std::time::{Duration, Instant};

use super::WriteError;

const FIRST_MS: u64 = 25;
const LONGEST_MS: u64 = 5_000;

/// The waits of one batch.
#[derive(Debug)]
pub(super) struct Backoff {
    attempt: u32,
    until: Instant,
}

impl Backoff {
    pub(super) fn new(until: Instant) -> Self {
        Self { attempt: 0, until }
    }

    /// An error when the time is up.
    pub(super) fn check(&self, why: &str) -> Result<(), WriteError> {
        if Instant::now() > self.until {
            return Err(WriteError::OutOfTime(why.to_owned()));
        }
        Ok(())
    }

    /// Waits longer each time; an error when the time is up.
    pub(super) async fn wait(&mut self, why: &str) -> Result<(), WriteError> {
        let most_ms = (FIRST_MS << self.attempt.min(16)).min(LONGEST_MS);
        self.attempt += 1;
        let wait = Duration::from_millis(rand::random_range(1..=most_ms));
        if Instant::now() + wait > self.until {
            return Err(WriteError::OutOfTime(why.to_owned()));
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Things move again.
    pub(super) fn reset(&mut self) {
        self.attempt = 0;
    }
}
