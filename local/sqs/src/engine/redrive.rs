//! Dead letters: to the dead-letter queue when a message was received too often, and back by a
//! message move task.

use uuid::Uuid;

use super::Engine;
use crate::error::SqsError;
use crate::name;
use crate::store::{Move, Seq};

/// AWS lists the ten latest tasks of a source.
const KEPT_TASKS: usize = 10;

/// A finished move of dead letters.
#[derive(Clone, Debug)]
pub(crate) struct MoveTask {
    pub(crate) handle: String,
    pub(crate) source_arn: String,
    pub(crate) destination_arn: Option<String>,
    pub(crate) max_messages_per_second: Option<i64>,
    pub(crate) moved: usize,
    pub(crate) to_move: usize,
    pub(crate) started_ms: i64,
}

/// A move that a client asks for, by the ARNs in its request.
pub(crate) struct MoveRequest {
    pub(crate) source_arn: String,
    pub(crate) destination_arn: Option<String>,
    pub(crate) max_messages_per_second: Option<i64>,
}

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
            dead_letter_source: Some(&source_arn),
            reborn: None,
        });
        self.relocate(from, &moves.collect::<Vec<_>>(), now_ms)
    }

    /// Moves the available dead letters of a queue to `destination_arn`, or each to where it came
    /// from. AWS does this in the background; here it is done when the call returns.
    pub(crate) fn move_dead_letters(
        &mut self,
        request: MoveRequest,
        now_ms: i64,
    ) -> Result<String, SqsError> {
        let source = self.queue_of_arn(&request.source_arn, "SourceArn")?;
        if self.dead_letter_sources(&source)?.is_empty() {
            let reason = "Source queue must be configured as a Dead Letter Queue.";
            return Err(SqsError::invalid("SourceArn", &request.source_arn, reason));
        }
        let destination = match &request.destination_arn {
            Some(arn) => Some(self.queue_of_arn(arn, "DestinationArn")?),
            None => None,
        };
        self.expire(&source, now_ms)?;
        self.queue_mut(&source)?.index.wake(now_ms);

        let dead = self.queue(&source)?.index.available();
        let mut destinations = Vec::with_capacity(dead.len());
        for seq in &dead {
            if let Some(queue) = self.destination(*seq, destination.as_deref())? {
                destinations.push((*seq, queue));
            }
        }
        let moves = destinations.iter().map(|(seq, to)| Move {
            seq: *seq,
            to,
            dead_letter_source: None,
            reborn: Some((Uuid::new_v4().to_string(), now_ms)),
        });
        self.relocate(&source, &moves.collect::<Vec<_>>(), now_ms)?;

        let task = MoveTask {
            handle: Uuid::new_v4().to_string(),
            source_arn: request.source_arn,
            destination_arn: request.destination_arn,
            max_messages_per_second: request.max_messages_per_second,
            moved: destinations.len(),
            to_move: dead.len(),
            started_ms: now_ms,
        };
        let handle = task.handle.clone();
        let tasks = &mut self.queue_mut(&source)?.move_tasks;
        tasks.insert(0, task);
        tasks.truncate(KEPT_TASKS);
        Ok(handle)
    }

    /// The latest move tasks of a source, newest first.
    pub(crate) fn move_tasks(&self, source_arn: &str) -> Result<Vec<MoveTask>, SqsError> {
        let source = self.queue_of_arn(source_arn, "SourceArn")?;
        Ok(self.queue(&source)?.move_tasks.clone())
    }

    /// Where a dead letter goes: the destination asked for, else the queue it came from if that
    /// still exists. A message that was sent to the dead-letter queue directly came from nowhere.
    fn destination(&self, seq: Seq, wanted: Option<&str>) -> Result<Option<String>, SqsError> {
        if let Some(queue) = wanted {
            return Ok(Some(queue.to_owned()));
        }
        let source_arn = self.store.dead_letter_source(seq)?;
        let queue = source_arn.as_deref().and_then(name::from_arn);
        Ok(queue
            .filter(|queue| self.queues.contains_key(*queue))
            .map(str::to_owned))
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
                let sent_ms = to_move
                    .reborn
                    .as_ref()
                    .map_or(sent_ms, |(_, sent_ms)| *sent_ms);
                let queue = self.queue_mut(to_move.to)?;
                queue.index.insert(seq, tenant.moved_to(seq), sent_ms, 0);
                queue.arrivals.notify_waiters();
            }
        }
        Ok(())
    }

    fn queue_of_arn(&self, arn: &str, parameter: &'static str) -> Result<String, SqsError> {
        let name = name::from_arn(arn).filter(|name| self.queues.contains_key(*name));
        name.map(str::to_owned)
            .ok_or(SqsError::ResourceNotFound(parameter))
    }
}
