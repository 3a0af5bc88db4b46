//! Waiting between tries at a batch of rows, until the function's time is up.

use std::time::Instant;

use sluice_retry::RetryPolicy;

use super::WriteError;

/// The waits of one batch.
#[derive(Debug)]
pub(super) struct Backoff(sluice_retry::Backoff);

impl Backoff {
    pub(super) fn new(until: Instant) -> Self {
        Self(RetryPolicy::ROWS.backoff_until(until))
    }

    /// An error when the time is up.
    pub(super) fn check(&self, why: &str) -> Result<(), WriteError> {
        if self.0.is_over() {
            return Err(WriteError::OutOfTime(why.to_owned()));
        }
        Ok(())
    }

    /// Waits longer each time; an error when the time is up.
    pub(super) async fn wait(&mut self, why: &str) -> Result<(), WriteError> {
        let waited = self.0.wait().await;
        waited.map_err(|_| WriteError::OutOfTime(why.to_owned()))
    }

    /// Things move again.
    pub(super) fn reset(&mut self) {
        self.0.reset();
    }
}
