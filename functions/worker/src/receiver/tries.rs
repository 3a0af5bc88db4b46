//! A batch delivered: tried again while that can help and there is time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use sluice_core::endpoint::{BatchRequest, RowOutcome};

use super::{Call, CallError, CallFailure, Receiver};

/// The wait after the first try; twice as long after each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);

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
        let mut tried = 0;
        loop {
            let left = limits.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(CallError::Passing("there was no time left".to_owned()));
            }
            let failure = match self.call(&call, limits.timeout.min(left)).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(failure) => failure,
            };
            tried += 1;
            let wait = wait(tried, &failure);
            let is_too_late = Instant::now() + wait >= limits.until;
            let is_for_good = matches!(failure.error, CallError::Refused(_));
            if is_for_good || is_too_late || tried >= limits.tries {
                return Err(failure.error);
            }
            tokio::time::sleep(wait).await;
        }
    }
}

/// Half to one and a half times the step, so that batches that failed together do not come again
/// together; or as long as the endpoint asked for, if that is longer.
fn wait(tried: u32, failure: &CallFailure) -> Duration {
    let step = FIRST_WAIT * 2u32.saturating_pow(tried.saturating_sub(1));
    let wait = step.mul_f64(rand::random_range(0.5..1.5));
    wait.max(failure.retry_after.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_never_shorter_than_asked_for() {
        let failure = CallFailure::passing("any");
        for _ in 0..100 {
            let (first, second) = (wait(1, &failure), wait(2, &failure));
            assert!((0.5..1.5).contains(&first.as_secs_f64()), "{first:?}");
            assert!((1.0..3.0).contains(&second.as_secs_f64()), "{second:?}");
        }
        let asked = CallFailure {
            retry_after: Some(Duration::from_secs(7)),
            ..failure
        };
        assert_eq!(wait(1, &asked), Duration::from_secs(7));
    }
}
