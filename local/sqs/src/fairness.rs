//! Fair delivery: which of a queue's available messages is delivered next. Pure logic, no clock
//! and no I/O.
//!
//! This is the order that AWS documents for fair queues: a tenant (a message group) that takes a
//! disproportionate share of the consumers is a noisy neighbour, and others go first while they
//! have messages. Nothing is dropped or throttled. Otherwise messages go out in order of arrival.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html>

mod recent;
mod shares;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use self::recent::RecentShares;
use self::shares::Shares;
use crate::store::Seq;

/// With this many messages in flight, and a tenth of all, a tenant is noisy.
const NOISY_IN_FLIGHT: u64 = 30;

/// Below this much recent processing time shares of it say nothing: AWS calls its thresholds
/// approximate, and without a floor the first message of an idle queue would make its sender noisy.
const MIN_PROCESSING_MS: u64 = 10_000;

/// Whose message it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Tenant {
    /// The messages of one group.
    Group(Arc<str>),
    /// A message without a group is its own tenant.
    Single(Seq),
}

impl Tenant {
    /// The tenant of the same message under its new number.
    pub(crate) fn moved_to(self, seq: Seq) -> Self {
        match self {
            Self::Group(_) => self,
            Self::Single(_) => Self::Single(seq),
        }
    }
}

/// The available messages of a queue, in the order of their delivery.
///
/// A delivery costs O(log n): each tenant's messages are sorted by arrival, and so are the oldest
/// messages of all quiet tenants. There are never many noisy tenants, since each got there by
/// taking more than a tenth of the consumers.
#[derive(Debug, Default)]
pub(crate) struct FairOrder {
    /// Each tenant's available messages; no tenant without any.
    waiting: HashMap<Tenant, BTreeSet<Seq>>,
    /// The oldest message of each quiet tenant.
    quiet_heads: BTreeMap<Seq, Tenant>,
    noisy: BTreeSet<Tenant>,
    in_flight: Shares,
    processing: RecentShares,
}

impl FairOrder {
    /// A message became available.
    pub(crate) fn add(&mut self, tenant: &Tenant, seq: Seq) {
        self.change_waiting(tenant, |waiting| waiting.insert(seq));
    }

    /// An available message went away undelivered.
    pub(crate) fn remove(&mut self, tenant: &Tenant, seq: Seq) {
        self.change_waiting(tenant, |waiting| waiting.remove(&seq));
    }

    /// Takes the message to deliver next; it is in flight from now on.
    pub(crate) fn take(&mut self, now_ms: i64) -> Option<Seq> {
        self.classify(now_ms);
        let (tenant, seq) = self.next()?;
        self.remove(&tenant, seq);
        self.in_flight.add(&tenant, 1);
        Some(seq)
    }

    /// A message in flight was deleted or became visible again. The time since its delivery is
    /// what its processing took.
    pub(crate) fn finish(&mut self, tenant: &Tenant, delivered_ms: i64, now_ms: i64) {
        self.in_flight.subtract(tenant, 1);
        let processing_ms = now_ms.saturating_sub(delivered_ms).max(0);
        self.processing.record(tenant, processing_ms as u64, now_ms);
    }

    /// How many messages are in flight.
    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight.total()
    }

    /// The oldest message of a quiet tenant, else one of the noisy tenant with the fewest in
    /// flight.
    fn next(&self) -> Option<(Tenant, Seq)> {
        if let Some((seq, tenant)) = self.quiet_heads.first_key_value() {
            return Some((tenant.clone(), *seq));
        }
        let heads = self.noisy.iter().filter_map(|tenant| {
            let seq = self.waiting.get(tenant)?.first()?;
            Some((self.in_flight.of(tenant), *seq, tenant))
        });
        let (_, seq, tenant) = heads.min()?;
        Some((tenant.clone(), seq))
    }

    /// Finds out who became noisy and who is quiet again.
    ///
    /// A noisy tenant stays noisy until both its shares fall to a tenth, or until it has nothing
    /// left to deliver (see [`Self::change_waiting`]). AWS also ends it after five minutes without
    /// a message in flight: by then both shares are zero.
    fn classify(&mut self, now_ms: i64) {
        self.processing.forget_before(now_ms);
        let has_processed_enough = self.processing.shares().total() >= MIN_PROCESSING_MS;
        let processing = has_processed_enough.then(|| self.processing.shares());

        let takes_too_much = |tenant: &Tenant| {
            self.in_flight.exceeds_a_tenth(tenant)
                || processing.is_some_and(|shares| shares.exceeds_a_tenth(tenant))
        };
        let calmed: Vec<Tenant> = self
            .noisy
            .iter()
            .filter(|tenant| !takes_too_much(tenant))
            .cloned()
            .collect();

        let crowding = self
            .in_flight
            .above_a_tenth()
            .filter(|tenant| self.in_flight.of(tenant) >= NOISY_IN_FLIGHT);
        let slow = processing.into_iter().flat_map(Shares::above_a_tenth);
        let risen: Vec<Tenant> = crowding
            .chain(slow)
            .filter(|tenant| self.waiting.contains_key(*tenant) && !self.noisy.contains(*tenant))
            .cloned()
            .collect();

        for tenant in calmed {
            self.noisy.remove(&tenant);
            if let Some(head) = self.head(&tenant) {
                self.quiet_heads.insert(head, tenant);
            }
        }
        for tenant in risen {
            if let Some(head) = self.head(&tenant) {
                self.quiet_heads.remove(&head);
            }
            self.noisy.insert(tenant);
        }
    }

    fn head(&self, tenant: &Tenant) -> Option<Seq> {
        self.waiting.get(tenant)?.first().copied()
    }

    /// Changes what waits for a tenant and keeps the heads in step. A tenant with nothing left is
    /// no longer noisy.
    fn change_waiting(&mut self, tenant: &Tenant, change: impl FnOnce(&mut BTreeSet<Seq>) -> bool) {
        let waiting = self.waiting.entry(tenant.clone()).or_default();
        let head_before = waiting.first().copied();
        change(waiting);
        let head_after = waiting.first().copied();
        if head_after.is_none() {
            self.waiting.remove(tenant);
            self.noisy.remove(tenant);
        }
        if head_before == head_after || self.noisy.contains(tenant) {
            return;
        }
        if let Some(head) = head_before {
            self.quiet_heads.remove(&head);
        }
        if let Some(head) = head_after {
            self.quiet_heads.insert(head, tenant.clone());
        }
    }
}
