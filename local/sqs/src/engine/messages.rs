//! The life of messages: sent, received, made visible again, deleted, expired.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{Engine, tenant};
use crate::error::SqsError;
use crate::receipt::Receipt;
use crate::store::{NewMessage, Seq, StoredMessage};

/// More than these must not be in flight in a queue.
const MAX_IN_FLIGHT: usize = 120_000;

/// How a receiver wants its messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receiving {
    /// At most this many messages.
    pub(crate) max_messages: usize,
    /// How long they stay invisible; the queue's own timeout if there is none.
    pub(crate) visibility_s: Option<i64>,
    /// A receiver that does not wait is told when too much is in flight.
    pub(crate) waits: bool,
}

/// What a receiver got, and when to look again if it got nothing.
pub(crate) struct Received {
    pub(crate) messages: Vec<StoredMessage>,
    pub(crate) next_due_ms: Option<i64>,
}

impl Engine {
    /// Puts messages into a queue, all or none of them.
    pub(crate) fn send(
        &mut self,
        name: &str,
        messages: &[NewMessage],
        now_ms: i64,
    ) -> Result<(), SqsError> {
        self.find_queue(name)?;
        let seqs = self.store.insert(name, messages)?;
        let queue = self.queue_mut(name)?;
        for (seq, message) in seqs.into_iter().zip(messages) {
            let tenant = tenant(message.group_id.as_deref(), seq);
            queue.index.insert(seq, tenant, message.sent_ms, 0);
            queue.index.hide_until(seq, message.visible_ms, now_ms);
        }
        queue.sent_count += messages.len() as u64;
        queue.arrivals.notify_waiters();
        Ok(())
    }

    /// What a waiting receiver listens to.
    pub(crate) fn arrivals(&self, name: &str) -> Result<Arc<Notify>, SqsError> {
        Ok(Arc::clone(&self.queue(name)?.arrivals))
    }

    /// Receives what is available. Messages received too often go to the dead-letter queue instead.
    pub(crate) fn receive(
        &mut self,
        name: &str,
        receiving: Receiving,
        now_ms: i64,
    ) -> Result<Received, SqsError> {
        self.expire(name, now_ms)?;
        let max_receive_count = self.max_receive_count(name)?;
        let queue = self.queue_mut(name)?;
        queue.index.wake(now_ms);
        let visibility_ms = receiving
            .visibility_s
            .unwrap_or(queue.settings.visibility_s)
            * 1_000;

        let room = MAX_IN_FLIGHT.saturating_sub(queue.index.counts().in_flight);
        if room == 0 && !receiving.waits {
            return Err(SqsError::OverLimit);
        }
        let mut live = Vec::new();
        let mut dead = Vec::new();
        while live.len() < receiving.max_messages.min(room)
            && let Some((seq, receive_count)) = queue.index.take(visibility_ms, now_ms)
        {
            let is_dead = max_receive_count.is_some_and(|max| receive_count >= max);
            let taken = if is_dead { &mut dead } else { &mut live };
            taken.push(seq);
        }
        let next_due_ms = queue.index.next_due_ms();
        self.dead_letter(name, &dead, now_ms)?;
        if live.is_empty() {
            return Ok(Received {
                messages: Vec::new(),
                next_due_ms,
            });
        }
        let messages = self.store.receive(&live, now_ms)?;
        let index = &mut self.queue_mut(name)?.index;
        for message in &messages {
            index.set_receive_count(message.seq, message.receive_count);
        }
        Ok(Received {
            messages,
            next_due_ms,
        })
    }

    /// Deletes the messages of which these are the latest receipts. As on AWS, an older receipt or
    /// one of a message that is gone changes nothing and is no error.
    pub(crate) fn delete(
        &mut self,
        name: &str,
        receipts: &[Receipt],
        now_ms: i64,
    ) -> Result<(), SqsError> {
        let index = &self.queue(name)?.index;
        let is_latest =
            |receipt: &&Receipt| index.receive_count(receipt.seq) == Some(receipt.receive_count);
        let seqs: Vec<Seq> = receipts
            .iter()
            .filter(is_latest)
            .map(|receipt| receipt.seq)
            .collect();
        self.forget(name, &seqs, now_ms)
    }

    /// Sets how long from now a message in flight stays invisible.
    pub(crate) fn change_visibility(
        &mut self,
        name: &str,
        receipt: Receipt,
        visibility_s: i64,
        now_ms: i64,
    ) -> Result<(), SqsError> {
        let queue = self.queue_mut(name)?;
        queue.index.wake(now_ms);
        if queue.index.receive_count(receipt.seq) != Some(receipt.receive_count) {
            let reason =
                "Message does not exist or is not available for visibility timeout change.";
            return Err(SqsError::invalid("ReceiptHandle", &receipt, reason));
        }
        queue
            .index
            .set_visibility(receipt.seq, visibility_s * 1_000, now_ms)?;
        // It may be due before what receivers wait for.
        queue.arrivals.notify_waiters();
        Ok(())
    }

    /// Deletes what is older than the queue's retention period.
    pub(super) fn expire(&mut self, name: &str, now_ms: i64) -> Result<(), SqsError> {
        let queue = self.queue(name)?;
        let old = queue
            .index
            .sent_before(now_ms - queue.settings.retention_s * 1_000);
        self.forget(name, &old, now_ms)
    }

    fn forget(&mut self, name: &str, seqs: &[Seq], now_ms: i64) -> Result<(), SqsError> {
        if seqs.is_empty() {
            return Ok(());
        }
        self.store.delete(seqs)?;
        let queue = self.queue_mut(name)?;
        for seq in seqs {
            queue.index.remove(*seq, now_ms);
        }
        Ok(())
    }
}
