//! How long a task may stall before its messages are resent: as long as they may merely wait behind others in a long
//! queue, up to a limit (ADR 0055).

use std::collections::BTreeMap;
use std::time::Duration;

use sluice_aws::{AwsError, chain, observe};
use sluice_basics::metric::Metric;
use sluice_kind::WorkQueue;
use tokio::sync::OnceCell;

use crate::Sweeper;

/// How often the wait for a task is doubled.
const MOST_DOUBLINGS: u32 = 4;
/// How long a chunk or a file may take where everything is slow: a chunk of 1 MiB has up to 7,000 rows, and 50 workers
/// write some 80 rows a second each to a new table. Most take a few seconds. If this is too long, the sweeper is more
/// patient than it has to be; if it is too short, it resends messages that are not lost.
const MESSAGE_TIME: Duration = Duration::from_mins(1);

/// How patient the sweeper is with one task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    first: Duration,
    nudges: u32,
}

impl Patience {
    /// The patience with a task that was set going `nudges` times, the first time after `first`.
    pub(crate) fn new(first: Duration, nudges: u32) -> Self {
        Self { first, nudges }
    }

    /// Returns how long a task is left alone whose queue is short: twice as long each time, up to sixteen times.
    pub(crate) fn own(self) -> Duration {
        self.first * (1 << self.nudges.min(MOST_DOUBLINGS))
    }

    /// Returns how long a task is left alone whatever its queue is like. In a busy system the queue may be long for ever.
    pub(crate) fn longest(self) -> Duration {
        self.first * (1 << MOST_DOUBLINGS)
    }

    /// Returns how long a task is left alone whose messages go through this queue.
    pub(crate) fn with(self, backlog: Backlog) -> Duration {
        if backlog.may_hold_for(self.own()) {
            self.longest()
        } else {
            self.own()
        }
    }
}

/// What a message may have before it in its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backlog {
    /// How many messages wait or are being handled. None if the queue could not be asked.
    messages: Option<u64>,
    /// How many are handled at a time.
    at_once: u32,
}

impl Backlog {
    pub(crate) fn new(messages: Option<u64>, at_once: u32) -> Self {
        Self { messages, at_once }
    }

    /// Returns whether a message may have waited here for longer than `wait` without being lost. True if the length is
    /// not known.
    ///
    /// The present length tells only whether the queue is long. How long a message has waited depends on the length when
    /// it was sent: if the queue had ten thousand messages then and has three hundred left, these have waited for as
    /// long as the ten thousand took.
    pub(crate) fn may_hold_for(self, wait: Duration) -> bool {
        let Some(messages) = self.messages else {
            return true;
        };
        let all = u128::from(messages) * MESSAGE_TIME.as_millis();
        all > wait.as_millis() * u128::from(self.at_once.max(1))
    }
}

/// The queues, each of which is asked for its length at most once in a sweep, and only if a task needs it.
pub(crate) struct Backlogs<'a> {
    sweeper: &'a Sweeper,
    uploads: OnceCell<Backlog>,
    chunks: BTreeMap<WorkQueue, OnceCell<Backlog>>,
}

impl<'a> Backlogs<'a> {
    pub(crate) fn new(sweeper: &'a Sweeper) -> Self {
        let queues = sweeper.dispatches.queues();
        Self {
            sweeper,
            uploads: OnceCell::new(),
            chunks: queues.map(|queue| (queue, OnceCell::new())).collect(),
        }
    }

    /// Returns what waits for the splitter.
    pub(crate) async fn of_uploads(&self) -> Backlog {
        let ask = || async {
            let messages = known(self.sweeper.uploads.length().await);
            Backlog::new(messages, self.sweeper.config.splitters_at_once)
        };
        *self.uploads.get_or_init(ask).await
    }

    /// Returns what waits in a queue of chunks. None if no kind has it.
    pub(crate) async fn of_chunks(&self, queue: WorkQueue) -> Option<Backlog> {
        let dispatch = self.sweeper.dispatches.of_queue(queue)?;
        let ask = || async {
            let messages = known(dispatch.queue_length().await);
            Backlog::new(messages, dispatch.at_once())
        };
        Some(*self.chunks.get(&queue)?.get_or_init(ask).await)
    }
}

/// Returns a length, if the queue has told it.
fn known(length: Result<u64, AwsError>) -> Option<u64> {
    length
        .inspect_err(|error| {
            observe(Metric::Failures, 1.0);
            tracing::error!(error = chain(error), "a queue was not asked for its length");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_mins(3);

    fn minutes(nudges: u32, messages: Option<u64>) -> u64 {
        let patience = Patience::new(FIRST, nudges).with(Backlog::new(messages, 50));
        patience.as_secs() / 60
    }

    #[test]
    fn behind_a_short_queue_the_wait_is_doubled_each_time() {
        for messages in [0, 1, 50, 150] {
            let waits = [0, 1, 2, 3, 4, 5, 30].map(|nudges| minutes(nudges, Some(messages)));
            assert_eq!(waits, [3, 6, 12, 24, 48, 48, 48], "{messages} messages");
        }
    }

    #[test]
    fn behind_a_long_queue_a_task_is_left_alone_and_not_for_ever() {
        for messages in [151, 20_000, u64::MAX] {
            assert_eq!(minutes(0, Some(messages)), 48, "{messages} messages");
        }
        // Nothing makes it wait longer than that.
        for nudges in 0..40 {
            for messages in [None, Some(0), Some(1_000), Some(u64::MAX)] {
                assert!(minutes(nudges, messages) <= 48);
            }
        }
    }

    #[test]
    fn a_queue_is_long_for_a_task_that_has_waited_for_less_than_what_is_in_it_may_take() {
        // 500 messages of a minute each, 50 at a time, take ten minutes.
        let waits = [0, 1, 2, 3, 4].map(|nudges| minutes(nudges, Some(500)));
        assert_eq!(waits, [48, 48, 12, 24, 48]);
    }

    #[test]
    fn a_queue_that_does_not_say_how_long_it_is_counts_as_long() {
        assert_eq!(minutes(0, None), 48);
    }

    #[test]
    fn what_is_handled_at_once_makes_a_queue_shorter() {
        let may_hold = |at_once| Backlog::new(Some(10), at_once).may_hold_for(FIRST);
        assert_eq!(
            [0, 1, 3, 4, 100].map(may_hold),
            [true, true, true, false, false]
        );
    }

    #[test]
    fn while_a_queue_runs_dry_hardly_a_task_is_sent_again_that_waits_in_it() {
        // 20,000 messages that were sent at the same moment, eight of which are done in a second.
        const RATE: u64 = 8;
        let patience = Patience::new(FIRST, 0);
        let is_early = |second: &u64| {
            let left = 20_000 - second * RATE;
            Duration::from_secs(*second) >= patience.with(Backlog::new(Some(left), 50))
        };
        let first = (0..20_000 / RATE).find(is_early).expect("the end");
        let sent_again = 20_000 - first * RATE;
        assert_eq!(sent_again, 144, "less than a hundredth");
    }
}
