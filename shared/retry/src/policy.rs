//! The policies, side by side: one for each kind of call.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// How often a call is made, and how long it waits in between.
///
/// The wait before attempt n + 1 is between one half and the whole of `first_wait` · 2ⁿ⁻¹, and
/// never longer than `longest_wait`: callers that failed together do not come again together.
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included; as many as there is time for if none.
    pub attempts: Option<u32>,
    /// The longest wait before the second attempt.
    pub first_wait: Duration,
    /// The longest wait of all.
    pub longest_wait: Duration,
}

impl RetryPolicy {
    /// One request to DynamoDB, S3 or SQS that was throttled, broke or met a fault.
    pub const REQUEST: Self = Self::new(6, 100, 5_000);
    /// A batch that SQS took in part.
    pub const PARTLY_SENT: Self = Self::new(8, 100, 5_000);
    /// A write that met another writer of the same item.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling>
    pub const CONFLICT: Self = Self::new(12, 40, 2_000);
    /// Rows, which are written as long as their function has time.
    pub const ROWS: Self = Self::endless(25, 5_000);
    /// A batch of rows to an endpoint.
    pub const ENDPOINT: Self = Self::new(3, 1_500, 10_000);
    /// A message that a function failed on. The eleven waits before it is a dead letter are more than
    /// an hour, however short they turn out to be.
    pub const MESSAGE: Self = Self::endless(10_000, 1_800_000);
    /// Records of a stream that a function failed on.
    pub const STREAM: Self = Self::endless(200, 6_400);
    /// A request of the command line to the API, or to S3 by a presigned URL.
    pub const CLIENT: Self = Self::new(4, 1_000, 10_000);
    /// Looking at a task of the same process until it has ended.
    pub const LOOK_HERE: Self = Self::endless(100, 500);
    /// Looking at a task of another system until it has ended.
    pub const LOOK_ELSEWHERE: Self = Self::endless(100, 5_000);
    /// Looking whether a try elsewhere, which may still store rows, has ended: for some ten seconds.
    pub const RUNNING_TRY: Self = Self::new(15, 100, 1_000);
    /// Polling, which never ends.
    pub const POLLING: Self = Self::endless(500, 10_000);

    const fn new(attempts: u32, first_ms: u64, longest_ms: u64) -> Self {
        Self {
            attempts: Some(attempts),
            ..Self::endless(first_ms, longest_ms)
        }
    }

    const fn endless(first_ms: u64, longest_ms: u64) -> Self {
        Self {
            attempts: None,
            first_wait: Duration::from_millis(first_ms),
            longest_wait: Duration::from_millis(longest_ms),
        }
    }

    /// Returns the policy with another number of attempts.
    #[must_use]
    pub const fn with_attempts(self, attempts: u32) -> Self {
        Self {
            attempts: Some(attempts),
            ..self
        }
    }

    /// Returns how long to wait after so many failures, where nothing else is known of them.
    pub fn wait_after(self, failures: u32) -> Duration {
        let mut waits = self.waits().build();
        let last = waits.nth(failures.saturating_sub(1) as usize);
        last.unwrap_or(self.longest_wait)
    }

    /// Returns the policy's waits. The crate adds up to a wait as jitter, so it gets the half.
    pub(crate) fn waits(self) -> ExponentialBuilder {
        let waits = ExponentialBuilder::new()
            .with_min_delay(self.first_wait / 2)
            .with_max_delay(self.longest_wait / 2)
            .with_jitter();
        match self.attempts {
            Some(attempts) => waits.with_max_times(attempts.saturating_sub(1) as usize),
            None => waits.without_max_times(),
        }
    }
}
