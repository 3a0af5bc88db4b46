//! Dead letters: messages that were received too often go to the dead-letter queue.

use super::Engine;
use crate::error::SqsError;
use crate::name;
use crate::store::{Move, Seq};

impl Engine {
    /// How often a message may be received before it is a dead letter; none without a redrive
    /// policy or when the dead-letter queue was deleted.
    pub(super) fn max_receive_count(&self, name: &str) -> Result<Option<i64>, SqsError> {
        let redrive = self.queue(name)?.settings.redrive.as_ref();
        let redrive = redrive.filter(|redrive| self.queues.contains_key(redrive.target()));
        Ok(redrive.map(|redrive| redrive.max_receive_count))
    }

    /// Moves messages to the queue's dead-letter queue. They keep id and sending time, so their
    /// retention period goes on.
    pub(super) fn dead_letter(
        &mut self,
        from: &str,
        seqs: &[Seq],
        now_ms: i64,
    ) -> Result<(), SqsError> {
        let target = match &self.queue(from)?.settings.redrive {
            Some(redrive) if !seqs.is_empty() => redrive.target().to_owned(),
            _ => return Ok(()),
        };
        let source_arn = name::arn(from);
        let moves = seqs.iter().map(|seq| Move {
            seq: *seq,
            to: &target,
            dead_letter_source: &source_arn,
        });
        self.relocate(from, &moves.collect::<Vec<_>>(), now_ms)
    }

    fn relocate(&mut self, from: &str, moves: &[Move<'_>], now_ms: i64) -> Result<(), SqsError> {
        if moves.is_empty() {
            return Ok(());
        }
        let seqs = self.store.relocate(moves)?;
        for (to_move, seq) in moves.iter().zip(seqs) {
            let index = &mut self.queue_mut(from)?.index;
            let origin = index.origin(to_move.seq);
            index.remove(to_move.seq, now_ms);
            if let Some((tenant, sent_ms)) = origin {
                let queue = self.queue_mut(to_move.to)?;
                queue.index.insert(seq, tenant.moved_to(seq), sent_ms, 0);
                queue.arrivals.notify_waiters();
            }
        }
        Ok(())
    }
}
