//! When Lambda ends an invocation.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context;

/// The end of an invocation, on the process's own clock.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    end: Instant,
}

impl Deadline {
    /// The deadline of an invocation.
    pub fn of(context: &Context) -> Self {
        let end = UNIX_EPOCH + Duration::from_millis(context.deadline);
        let left = end.duration_since(SystemTime::now()).unwrap_or_default();
        Self {
            end: Instant::now() + left,
        }
    }

    /// The time until Lambda ends the invocation.
    pub fn left(self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// The moment by which work must have ended for `margin` to be left.
    pub fn less(self, margin: Duration) -> Instant {
        self.end.checked_sub(margin).unwrap_or(self.end)
    }

    /// Whether no more than `margin` is left.
    pub fn is_within(self, margin: Duration) -> bool {
        Instant::now() >= self.less(margin)
    }
}
