//! How many write requests are in flight: fewer at once when the table throttles, one more at a
//! time while it does not (additive increase, multiplicative decrease; Chiu and Jain, 1989).

use std::sync::{Mutex, MutexGuard, PoisonError};

use sluice_basics::metric::Metric;
use tokio::sync::Notify;

use crate::observed::observe;

/// A limit on requests in flight that follows what the table can take.
#[derive(Debug)]
pub struct Pace {
    state: Mutex<State>,
    freed: Notify,
    most: f64,
}

#[derive(Debug)]
struct State {
    limit: f64,
    in_flight: usize,
}

/// Leave to send one request; given back when dropped.
#[derive(Debug)]
pub struct Pass<'a> {
    pace: &'a Pace,
}

impl Pace {
    /// A pace that starts with `start` requests at once and never exceeds `most`.
    pub fn new(start: usize, most: usize) -> Self {
        let state = State {
            limit: start.clamp(1, most) as f64,
            in_flight: 0,
        };
        Self {
            state: Mutex::new(state),
            freed: Notify::new(),
            most: most as f64,
        }
    }

    /// Waits until a request may be sent.
    pub async fn enter(&self) -> Pass<'_> {
        loop {
            let freed = self.freed.notified();
            {
                let mut state = self.state();
                if state.in_flight < state.limit as usize {
                    state.in_flight += 1;
                    return Pass { pace: self };
                }
            }
            freed.await;
        }
    }

    /// How many requests may be in flight now.
    pub fn limit(&self) -> usize {
        self.state().limit as usize
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is two numbers that are valid at any moment, so a panic elsewhere while
        // the lock was held leaves nothing broken.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// The request went well: about one more is allowed after as many as are allowed now.
    pub fn went_well(&self) {
        let mut state = self.pace.state();
        state.limit = (state.limit + 1.0 / state.limit).min(self.pace.most);
    }

    /// The request was throttled: half as many are allowed.
    pub fn was_throttled(&self) {
        let mut state = self.pace.state();
        state.limit = (state.limit / 2.0).max(1.0);
        observe(Metric::Throttles, 1.0);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.pace.state().in_flight -= 1;
        // All who wait look again: the limit may have grown by more than this one place.
        self.pace.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn throttling_halves_the_limit_and_success_restores_it_slowly() {
        let pace = Pace::new(8, 16);
        let pass = pace.enter().await;
        pass.was_throttled();
        assert_eq!(pace.limit(), 4);
        for _ in 0..3 {
            pass.went_well();
        }
        assert_eq!(pace.limit(), 4);
        for _ in 0..200 {
            pass.went_well();
        }
        assert_eq!(pace.limit(), 16);
    }

    #[tokio::test]
    async fn no_more_than_the_limit_are_in_flight() {
        let pace = Pace::new(1, 1);
        let first = pace.enter().await;
        let second = tokio::time::timeout(std::time::Duration::from_millis(20), pace.enter()).await;
        assert!(second.is_err());
        drop(first);
        pace.enter().await;
    }

    #[tokio::test]
    async fn the_limit_never_falls_to_nothing() {
        let pace = Pace::new(2, 4);
        let pass = pace.enter().await;
        for _ in 0..10 {
            pass.was_throttled();
        }
        assert_eq!(pace.limit(), 1);
    }
}
