//! The messages in the queue file: written, received, moved and deleted.

use rusqlite::{Row, named_params, params};

use super::{Seq, Store};

/// A message about to be kept.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) group_id: Option<String>,
    pub(crate) trace_header: Option<String>,
    pub(crate) sent_ms: i64,
    /// When its delay ends.
    pub(crate) visible_ms: i64,
}

/// A message as its receiver gets it.
#[derive(Clone, Debug)]
pub(crate) struct StoredMessage {
    pub(crate) seq: Seq,
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) group_id: Option<String>,
    pub(crate) trace_header: Option<String>,
    pub(crate) sent_ms: i64,
    pub(crate) receive_count: i64,
    pub(crate) first_received_ms: i64,
    pub(crate) dead_letter_source: Option<String>,
}

/// A move of a message to another queue, where it starts with a receive count of zero.
pub(crate) struct Move<'a> {
    pub(crate) seq: Seq,
    pub(crate) to: &'a str,
    /// The ARN of the queue that gave it up as a dead letter.
    pub(crate) dead_letter_source: &'a str,
}

impl Store {
    /// Keeps the messages and answers their numbers.
    pub(crate) fn insert(
        &mut self,
        queue: &str,
        messages: &[NewMessage],
    ) -> Result<Vec<Seq>, rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        let mut statement = transaction.prepare_cached(
            "INSERT INTO messages
             (queue, id, body, group_id, trace_header, sent_ms, visible_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?;
        let mut seqs = Vec::with_capacity(messages.len());
        for message in messages {
            seqs.push(statement.insert(params![
                queue,
                message.id,
                message.body,
                message.group_id,
                message.trace_header,
                message.sent_ms,
                message.visible_ms,
            ])?);
        }
        drop(statement);
        transaction.commit()?;
        Ok(seqs)
    }

    /// Counts a receive of each message and answers them in the same order.
    pub(crate) fn receive(
        &mut self,
        seqs: &[Seq],
        now_ms: i64,
    ) -> Result<Vec<StoredMessage>, rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        let mut statement = transaction.prepare_cached(
            "UPDATE messages SET receive_count = receive_count + 1,
                 first_received_ms = COALESCE(first_received_ms, ?)
             WHERE seq = ?
             RETURNING seq, id, body, group_id, trace_header, sent_ms, receive_count,
                 first_received_ms, dead_letter_source",
        )?;
        let mut messages = Vec::with_capacity(seqs.len());
        for seq in seqs {
            messages.push(statement.query_row(params![now_ms, seq], stored_message)?);
        }
        drop(statement);
        transaction.commit()?;
        Ok(messages)
    }

    /// Moves messages to the ends of other queues and answers their new numbers.
    pub(crate) fn relocate(&mut self, moves: &[Move<'_>]) -> Result<Vec<Seq>, rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        let mut copy = transaction.prepare_cached(
            "INSERT INTO messages (queue, id, body, group_id, trace_header, sent_ms,
                 visible_ms, dead_letter_source)
             SELECT :to, id, body, group_id, trace_header, sent_ms, 0, :source
             FROM messages WHERE seq = :seq",
        )?;
        let mut delete = transaction.prepare_cached("DELETE FROM messages WHERE seq = ?")?;
        let mut seqs = Vec::with_capacity(moves.len());
        for to_move in moves {
            copy.execute(named_params! {
                ":to": to_move.to,
                ":source": to_move.dead_letter_source,
                ":seq": to_move.seq,
            })?;
            seqs.push(transaction.last_insert_rowid());
            delete.execute([to_move.seq])?;
        }
        drop((copy, delete));
        transaction.commit()?;
        Ok(seqs)
    }

    /// Deletes messages.
    pub(crate) fn delete(&mut self, seqs: &[Seq]) -> Result<(), rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        let mut statement = transaction.prepare_cached("DELETE FROM messages WHERE seq = ?")?;
        for seq in seqs {
            statement.execute([seq])?;
        }
        drop(statement);
        transaction.commit()
    }
}

fn stored_message(row: &Row<'_>) -> Result<StoredMessage, rusqlite::Error> {
    Ok(StoredMessage {
        seq: row.get(0)?,
        id: row.get(1)?,
        body: row.get(2)?,
        group_id: row.get(3)?,
        trace_header: row.get(4)?,
        sent_ms: row.get(5)?,
        receive_count: row.get(6)?,
        first_received_ms: row.get(7)?,
        dead_letter_source: row.get(8)?,
    })
}
