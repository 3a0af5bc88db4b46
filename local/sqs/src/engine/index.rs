//! Where each message of a queue stands: available, delayed or in flight. Held in memory only; the
//! store has what is needed to build it again.

use std::collections::{BTreeSet, HashMap};

use crate::error::SqsError;
use crate::fairness::{FairOrder, Tenant};
use crate::store::Seq;

/// A message may stay invisible for 12 hours after it was received.
const MAX_INVISIBLE_MS: i64 = 43_200_000;

/// The state of a queue's messages.
#[derive(Debug, Default)]
pub(crate) struct QueueIndex {
    entries: HashMap<Seq, Entry>,
    order: FairOrder,
    /// Delayed messages and those in flight, by the time they become available.
    due: BTreeSet<(i64, Seq)>,
    by_age: BTreeSet<(i64, Seq)>,
}

#[derive(Debug)]
struct Entry {
    tenant: Tenant,
    sent_ms: i64,
    receive_count: i64,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Available,
    Delayed { until_ms: i64 },
    InFlight { since_ms: i64, until_ms: i64 },
}

/// How many messages are in which state, approximately what the queue's attributes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) available: usize,
    pub(crate) in_flight: usize,
    pub(crate) delayed: usize,
}

impl QueueIndex {
    /// Adds a message, available at once.
    pub(crate) fn insert(&mut self, seq: Seq, tenant: Tenant, sent_ms: i64, receive_count: i64) {
        self.order.add(&tenant, seq);
        self.by_age.insert((sent_ms, seq));
        self.entries.insert(
            seq,
            Entry {
                tenant,
                sent_ms,
                receive_count,
                state: State::Available,
            },
        );
    }

    /// Delays an available message.
    pub(crate) fn hide_until(&mut self, seq: Seq, until_ms: i64, now_ms: i64) {
        if let Some(entry) = self.entries.get_mut(&seq)
            && matches!(entry.state, State::Available)
            && until_ms > now_ms
        {
            self.order.remove(&entry.tenant, seq);
            self.due.insert((until_ms, seq));
            entry.state = State::Delayed { until_ms };
        }
    }

    /// Makes available what is due.
    pub(crate) fn wake(&mut self, now_ms: i64) {
        while let Some((due_ms, seq)) = self.due.first().copied()
            && due_ms <= now_ms
        {
            self.due.pop_first();
            if let Some(entry) = self.entries.get_mut(&seq) {
                if let State::InFlight { since_ms, until_ms } = entry.state {
                    self.order.finish(&entry.tenant, since_ms, until_ms);
                }
                entry.state = State::Available;
                self.order.add(&entry.tenant, seq);
            }
        }
    }

    /// Takes the next message into flight; answers it with the number of its receives so far.
    pub(crate) fn take(&mut self, visibility_ms: i64, now_ms: i64) -> Option<(Seq, i64)> {
        let seq = self.order.take(now_ms)?;
        let entry = self.entries.get_mut(&seq)?;
        let until_ms = now_ms + visibility_ms;
        entry.state = State::InFlight {
            since_ms: now_ms,
            until_ms,
        };
        self.due.insert((until_ms, seq));
        Some((seq, entry.receive_count))
    }

    /// Forgets a message.
    pub(crate) fn remove(&mut self, seq: Seq, now_ms: i64) {
        let Some(entry) = self.entries.remove(&seq) else {
            return;
        };
        self.by_age.remove(&(entry.sent_ms, seq));
        match entry.state {
            State::Available => self.order.remove(&entry.tenant, seq),
            State::Delayed { until_ms } => {
                self.due.remove(&(until_ms, seq));
            }
            State::InFlight { since_ms, until_ms } => {
                self.due.remove(&(until_ms, seq));
                self.order
                    .finish(&entry.tenant, since_ms, until_ms.min(now_ms));
            }
        }
    }

    /// Sets how long from now a message in flight stays invisible.
    pub(crate) fn set_visibility(
        &mut self,
        seq: Seq,
        visibility_ms: i64,
        now_ms: i64,
    ) -> Result<(), SqsError> {
        let entry = self
            .entries
            .get_mut(&seq)
            .ok_or(SqsError::MessageNotInflight)?;
        let State::InFlight { since_ms, until_ms } = entry.state else {
            return Err(SqsError::MessageNotInflight);
        };
        let changed_ms = now_ms + visibility_ms;
        if changed_ms - since_ms > MAX_INVISIBLE_MS {
            let reason =
                "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
            return Err(SqsError::invalid(
                "VisibilityTimeout",
                &(visibility_ms / 1_000),
                reason,
            ));
        }
        self.due.remove(&(until_ms, seq));
        self.due.insert((changed_ms, seq));
        entry.state = State::InFlight {
            since_ms,
            until_ms: changed_ms,
        };
        Ok(())
    }

    /// Notes how often the message was received, once the store has counted it.
    pub(crate) fn set_receive_count(&mut self, seq: Seq, receive_count: i64) {
        if let Some(entry) = self.entries.get_mut(&seq) {
            entry.receive_count = receive_count;
        }
    }

    /// How often the message was received; none if it is gone.
    pub(crate) fn receive_count(&self, seq: Seq) -> Option<i64> {
        self.entries.get(&seq).map(|entry| entry.receive_count)
    }

    /// The tenant and sending time of a message.
    pub(crate) fn origin(&self, seq: Seq) -> Option<(Tenant, i64)> {
        self.entries
            .get(&seq)
            .map(|entry| (entry.tenant.clone(), entry.sent_ms))
    }

    /// The messages sent before `limit_ms`.
    pub(crate) fn sent_before(&self, limit_ms: i64) -> Vec<Seq> {
        let old = self
            .by_age
            .iter()
            .take_while(|(sent_ms, _)| *sent_ms < limit_ms);
        old.map(|(_, seq)| *seq).collect()
    }

    /// When the next delayed or invisible message becomes available.
    pub(crate) fn next_due_ms(&self) -> Option<i64> {
        self.due.first().map(|(due_ms, _)| *due_ms)
    }

    /// How many messages are in which state.
    pub(crate) fn counts(&self) -> Counts {
        let in_flight = self.order.in_flight() as usize;
        Counts {
            available: self.entries.len() - self.due.len(),
            in_flight,
            delayed: self.due.len() - in_flight,
        }
    }
}
