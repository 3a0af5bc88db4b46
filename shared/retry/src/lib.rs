//! The retry policy of everything that Sluice calls: how long it waits before a call is made again,
//! how often, and until when. Waits double, are jittered and capped. Whether a retry can help is
//! for the error to say.

#![warn(missing_docs)]

mod deadline;
mod policy;

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff};
use sluice_profile::{Stage, stage};
use tokio::time::{Instant, sleep};

pub use deadline::within;
pub use policy::RetryPolicy;

/// Why a call is not made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GaveUp {
    /// The policy allows no further attempt.
    #[error("it failed {0} times")]
    Attempts(u32),
    /// The next attempt would begin after the deadline.
    #[error("there was no time left for another attempt")]
    Deadline,
}

/// The waits between the attempts of one call.
#[derive(Debug)]
pub struct Backoff {
    policy: RetryPolicy,
    waits: ExponentialBackoff,
    deadline: Option<Instant>,
}

impl RetryPolicy {
    /// Returns the waits of one call, until the deadline of the work that it is part of, if
    /// [`within`] has set one.
    pub fn backoff(self) -> Backoff {
        Backoff {
            policy: self,
            waits: self.waits().build(),
            deadline: deadline::current(),
        }
    }

    /// Returns the waits of one call, until `deadline` or an earlier one that [`within`] has set.
    pub fn backoff_until(self, deadline: impl Into<Instant>) -> Backoff {
        let backoff = self.backoff();
        let deadline = deadline.into();
        let deadline = backoff.deadline.map_or(deadline, |own| own.min(deadline));
        Backoff {
            deadline: Some(deadline),
            ..backoff
        }
    }
}

impl Backoff {
    /// Returns how long to wait before the next attempt.
    pub fn next_wait(&mut self) -> Result<Duration, GaveUp> {
        self.next_wait_of_at_least(Duration::ZERO)
    }

    /// Waits, longer each time.
    pub async fn wait(&mut self) -> Result<(), GaveUp> {
        self.wait_at_least(Duration::ZERO).await
    }

    /// Waits as [`Self::wait`] does, but no shorter than the other side has asked for.
    pub async fn wait_at_least(&mut self, asked: Duration) -> Result<(), GaveUp> {
        let wait = self.next_wait_of_at_least(asked)?;
        stage(Stage::Wait, sleep(wait)).await;
        Ok(())
    }

    /// Starts anew with the shortest wait and no attempt counted, after a success.
    pub fn reset(&mut self) {
        self.waits = self.policy.waits().build();
    }

    /// Returns whether the deadline is over.
    pub fn is_over(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() > deadline)
    }

    fn next_wait_of_at_least(&mut self, asked: Duration) -> Result<Duration, GaveUp> {
        let attempts = self.policy.attempts.unwrap_or_default();
        let wait = self.waits.next().ok_or(GaveUp::Attempts(attempts))?;
        let wait = wait.max(asked);
        match self.deadline {
            Some(deadline) if Instant::now() + wait >= deadline => Err(GaveUp::Deadline),
            _ => Ok(wait),
        }
    }
}

/// Makes a call until it succeeds, fails for a reason that a retry does not help against, or
/// `policy` or the deadline allows no further attempt; then returns the last error.
pub async fn retry<T, E, F: Future<Output = Result<T, E>>>(
    policy: RetryPolicy,
    mut call: impl FnMut() -> F,
    can_help: impl Fn(&E) -> bool,
) -> Result<T, E> {
    let mut backoff = policy.backoff();
    loop {
        let outcome = call().await;
        let is_final = match &outcome {
            Ok(_) => true,
            Err(error) => !can_help(error),
        };
        if is_final || backoff.wait().await.is_err() {
            return outcome;
        }
    }
}

#[cfg(test)]
mod tests;
