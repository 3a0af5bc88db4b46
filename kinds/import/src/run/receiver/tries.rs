//! A batch delivered: tried again while that can help and there is time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use sluice_import::endpoint::{BatchRequest, RowOutcome};
use sluice_retry::RetryPolicy;

use super::{Call, CallError, Receiver};
use sluice_profile::{Stage, stage};

/// How much may be spent on a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For one call.
    pub(crate) timeout: Duration,
    /// Calls.
    pub(crate) tries: u32,
    /// When to give up.
    pub(crate) until: Instant,
}

impl Receiver {
    /// Delivers a batch. What became of its rows, in their order.
    pub(crate) async fn deliver(
        &self,
        request: BatchRequest,
        limits: Limits,
    ) -> Result<Vec<RowOutcome>, CallError> {
        let call = Call {
            idempotency_key: &request.idempotency_key,
            rows: &request.rows,
            body: Bytes::from(request.body),
        };
        let policy = RetryPolicy::ENDPOINT.with_attempts(limits.tries);
        let mut backoff = policy.backoff_until(limits.until);
        loop {
            let left = limits.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(CallError::Passing("there was no time left".to_owned()));
            }
            let failure = match stage(
                Stage::CallEndpoint,
                self.call(&call, limits.timeout.min(left)),
            )
            .await
            {
                Ok(outcomes) => return Ok(outcomes),
                Err(failure) => failure,
            };
            let is_for_good = matches!(failure.error, CallError::Refused(_));
            let asked = failure.retry_after.unwrap_or_default();
            if is_for_good || backoff.wait_at_least(asked).await.is_err() {
                return Err(failure.error);
            }
        }
    }
}
