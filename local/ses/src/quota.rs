//! How much an account may send: in 24 hours, of which the store keeps what was sent, and in a second.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// How long an e-mail counts against the day's quota.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What an account may send. Recipients count, not calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Recipients in 24 hours. E-mails to the mailbox simulator do not count.
    pub max_24_hours: u64,
    /// Recipients in a second. As with AWS, a call in a burst may have as many recipients as a call can have.
    pub max_per_second: u32,
}

impl Quota {
    /// What a new account of AWS may send.
    pub const SANDBOX: Self = Self {
        max_24_hours: 200,
        max_per_second: 1,
    };
}

impl Default for Quota {
    /// What accounts of AWS that may send to anybody begin with.
    fn default() -> Self {
        Self {
            max_24_hours: 50_000,
            max_per_second: 14,
        }
    }
}

/// The day's part of a quota: how many e-mails of the last 24 hours count. It is kept, since counting the rows for each
/// call would take longer with every e-mail.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    /// How many were sent when, oldest first.
    sent: VecDeque<(i64, u64)>,
    total: u64,
}

impl Recent {
    /// Adds e-mails that were sent now, or later than all before.
    pub(crate) fn add(&mut self, sent_ms: i64, count: u64) {
        if count > 0 {
            self.sent.push_back((sent_ms, count));
            self.total += count;
        }
    }

    /// How many count now. Those that are older are forgotten.
    pub(crate) fn total(&mut self, now: Timestamp) -> u64 {
        let since = Self::since(now);
        while let Some((_, count)) = self.sent.pop_front_if(|(sent_ms, _)| *sent_ms <= since) {
            self.total -= count;
        }
        self.total
    }

    /// E-mails that were sent after this count.
    pub(crate) fn since(now: Timestamp) -> i64 {
        (now - DAY).as_millisecond()
    }
}

/// The second's part of a quota: a bucket that fills with time.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    tokens: f64,
    filled_at: Option<Timestamp>,
}

impl Pace {
    /// What may be sent at once: a second's worth, and at least the recipients of one call.
    const BURST: f64 = 50.0;

    /// Takes what one recipient costs, if it is there.
    pub(crate) fn take(&mut self, quota: Quota, now: Timestamp) -> bool {
        let rate = f64::from(quota.max_per_second);
        let room = rate.max(Self::BURST);
        self.tokens = match self.filled_at {
            None => room,
            Some(then) => {
                let passed = now.duration_since(then).as_secs_f64().max(0.0);
                (self.tokens + passed * rate).min(room)
            }
        };
        self.filled_at = Some(now);
        let has_one = self.tokens >= 1.0;
        if has_one {
            self.tokens -= 1.0;
        }
        has_one
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    #[test]
    fn an_e_mail_counts_for_a_day() {
        let (mut recent, start) = (Recent::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(recent.total(start), 0);
        recent.add(start.as_millisecond(), 3);
        recent.add((start + 1.hour()).as_millisecond(), 2);
        assert_eq!(recent.total(start + 23.hours()), 5);
        assert_eq!(recent.total(start + 24.hours()), 2);
        assert_eq!(recent.total(start + 25.hours()), 0);
    }

    #[test]
    fn a_burst_is_taken_and_then_the_rate_holds() {
        let quota = Quota {
            max_24_hours: 1_000,
            max_per_second: 10,
        };
        let (mut pace, start) = (Pace::default(), Timestamp::UNIX_EPOCH);
        let mut take = |now| (0..200).filter(|_| pace.take(quota, now)).count();
        assert_eq!(take(start), 50);
        assert_eq!(take(start), 0);
        assert_eq!(take(start + 1.second()), 10);
        assert_eq!(take(start + 100.seconds()), 50);
        assert_eq!(take(start), 0, "a clock that goes back gives nothing");
    }
}
