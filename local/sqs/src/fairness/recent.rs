//! The processing time of the last five minutes by tenant.

use std::collections::{HashMap, VecDeque};

use super::Tenant;
use super::shares::Shares;

/// What counts as recent: AWS calls a tenant quiet after five minutes of inactivity.
const WINDOW_MS: i64 = 300_000;
/// Time is forgotten in steps of this length.
const STEP_MS: i64 = 10_000;

/// A sliding sum of processing times.
#[derive(Debug, Default)]
pub(super) struct RecentShares {
    shares: Shares,
    /// Steps by the time they began, oldest first.
    steps: VecDeque<(i64, HashMap<Tenant, u64>)>,
}

impl RecentShares {
    /// Adds the processing time of a message that ended now.
    pub(super) fn record(&mut self, tenant: &Tenant, processing_ms: u64, now_ms: i64) {
        if processing_ms == 0 {
            return;
        }
        self.shares.add(tenant, processing_ms);
        let is_over = |(began_ms, _): &(i64, _)| now_ms - began_ms >= STEP_MS;
        if self.steps.back().is_none_or(is_over) {
            self.steps.push_back((now_ms, HashMap::new()));
        }
        if let Some((_, times)) = self.steps.back_mut() {
            *times.entry(tenant.clone()).or_default() += processing_ms;
        }
    }

    /// Forgets what is not recent any more.
    pub(super) fn forget_before(&mut self, now_ms: i64) {
        let is_old = |(began_ms, _): &mut (i64, _)| now_ms - *began_ms >= WINDOW_MS;
        while let Some((_, times)) = self.steps.pop_front_if(is_old) {
            for (tenant, processing_ms) in times {
                self.shares.subtract(&tenant, processing_ms);
            }
        }
    }

    /// The recent processing times.
    pub(super) fn shares(&self) -> &Shares {
        &self.shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processing_time_is_forgotten_after_five_minutes() {
        let mut recent = RecentShares::default();
        recent.record(&Tenant::Single(1), 700, 0);
        recent.record(&Tenant::Single(1), 300, 9_999);
        recent.record(&Tenant::Single(2), 500, 10_000);
        recent.forget_before(299_999);
        assert_eq!(recent.shares().total(), 1_500);
        recent.forget_before(300_000);
        assert_eq!(recent.shares().total(), 500);
        recent.forget_before(310_000);
        assert_eq!(recent.shares().total(), 0);
    }
}
