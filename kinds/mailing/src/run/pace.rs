//! The pace at which a chunk is sent: its share of the account's rate, and within the account's quota of a day.

use std::time::{Duration, Instant};

use sluice_aws::SendQuota;

/// The first wait after SES was too busy; twice as long each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The pace of a chunk.
#[derive(Debug)]
pub(super) struct Pace {
    at_once: u32,
    quota: Option<SendQuota>,
    sent: usize,
    /// When the next batch may be sent.
    next: Option<Instant>,
    busy: u32,
}

impl Pace {
    /// The pace of one of so many chunks that are sent at the same time.
    pub(super) fn new(at_once: u32) -> Self {
        Self {
            at_once: at_once.max(1),
            quota: None,
            sent: 0,
            next: None,
            busy: 0,
        }
    }

    /// What the account may send, if that is known.
    pub(super) fn quota(&self) -> Option<SendQuota> {
        self.quota
    }

    /// Takes note of what the account may send.
    pub(super) fn learn(&mut self, quota: SendQuota) {
        self.quota = Some(quota);
    }

    /// How much of the day's quota is used, in percent. None if there is no quota.
    pub(super) fn used_percent(&self) -> Option<f64> {
        let quota = self.quota?;
        let used = quota.sent_24_hours + self.sent as f64;
        Some(100.0 * used / quota.max_24_hours?.max(1.0))
    }

    /// Whether the day's quota has room. Of the last recipients SES itself refuses those that are too many.
    pub(super) fn has_room(&self) -> bool {
        let Some(quota) = self.quota else { return true };
        let sent = quota.sent_24_hours + self.sent as f64;
        quota.max_24_hours.is_none_or(|max| sent < max)
    }

    /// How many recipients a call may have: not more than the account may send to in a second.
    /// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html>
    pub(super) fn most_at_once(&self) -> usize {
        let rate = self.quota.map_or(1.0, |quota| quota.max_per_second);
        rate.clamp(1.0, 1_000.0) as usize
    }

    /// How long to wait before anything is sent.
    pub(super) fn wait(&self) -> Duration {
        let paced = self.next.map_or(Duration::ZERO, |next| {
            next.saturating_duration_since(Instant::now())
        });
        let busy = match self.busy {
            0 => Duration::ZERO,
            times => FIRST_WAIT * (1 << (times - 1).min(5)),
        };
        paced.max(busy)
    }

    /// So many recipients are handed to SES now.
    pub(super) fn sends(&mut self, recipients: usize) {
        self.sent += recipients;
        let rate = self
            .quota
            .map_or(1.0, |quota| quota.max_per_second)
            .max(0.1);
        let seconds = recipients as f64 * f64::from(self.at_once) / rate;
        self.next = Some(Instant::now() + Duration::from_secs_f64(seconds));
    }

    /// SES took all.
    pub(super) fn went_well(&mut self) {
        self.busy = 0;
    }

    /// SES did not take all. How often that was so, one time after the other.
    pub(super) fn was_busy(&mut self) -> u32 {
        self.busy += 1;
        self.busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(max: f64, rate: f64, sent: f64) -> Pace {
        let mut pace = Pace::new(2);
        pace.learn(SendQuota {
            max_24_hours: (max >= 0.0).then_some(max),
            max_per_second: rate,
            sent_24_hours: sent,
            is_enabled: true,
        });
        pace
    }

    #[test]
    fn a_chunk_sends_at_its_share_of_the_rate() {
        let mut pace = pace(-1.0, 10.0, 0.0);
        assert_eq!(pace.wait(), Duration::ZERO);
        pace.sends(50);
        let wait = pace.wait().as_secs_f64();
        assert!((9.0..=10.0).contains(&wait), "{wait}");
    }

    #[test]
    fn a_day_that_is_used_up_has_no_room() {
        let mut pace = pace(200.0, 1_000.0, 120.0);
        assert!(pace.has_room());
        pace.sends(50);
        assert!(pace.has_room(), "SES takes thirty of them");
        pace.sends(30);
        assert!(!pace.has_room());
        assert_eq!(pace.used_percent(), Some(100.0));
    }

    #[test]
    fn waits_grow_while_ses_is_busy() {
        let mut pace = pace(-1.0, 1_000_000.0, 0.0);
        let waits: Vec<u64> = (0..4)
            .map(|_| {
                pace.was_busy();
                pace.wait().as_secs()
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8]);
        pace.went_well();
        assert_eq!(pace.wait(), Duration::ZERO);
    }
}
