//! The `SQLite` file behind the queues. WAL with `synchronous = NORMAL`: what was acknowledged
//! survives the death of the process, at any moment.

mod messages;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, params};

use crate::error::OpenError;
use crate::name::QueueName;
use crate::settings::Settings;

pub(crate) use self::messages::{Move, NewMessage, StoredMessage};

/// A message's number: unique in the file for all time, ascending in the order of arrival.
pub(crate) type Seq = i64;

/// How long to wait for another process to let go of the file.
const PATIENCE: Duration = Duration::from_secs(1);

/// The queue file. Every method is one transaction.
pub(crate) struct Store {
    connection: Connection,
}

/// A queue as it is kept.
pub(crate) struct QueueRow {
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) created_s: i64,
    pub(crate) modified_s: i64,
}

/// What the index must know of a message when the file is opened.
pub(crate) struct MessageRow {
    pub(crate) queue: String,
    pub(crate) seq: Seq,
    pub(crate) group_id: Option<String>,
    pub(crate) sent_ms: i64,
    pub(crate) visible_ms: i64,
    pub(crate) receive_count: i64,
}

impl Store {
    /// Opens or creates the file.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        Self::prepare(Connection::open(path)?)
    }

    /// A store without a file.
    pub(crate) fn in_memory() -> Result<Self, OpenError> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(connection: Connection) -> Result<Self, OpenError> {
        connection.busy_timeout(PATIENCE)?;
        // The index in memory would not see what another process writes: keep others out.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(include_str!("schema.sql"))?;
        drop_attributes(&connection)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self { connection })
    }

    /// All queues.
    pub(crate) fn queues(&self) -> Result<Vec<QueueRow>, OpenError> {
        let mut statement = self
            .connection
            .prepare("SELECT name, settings, created_s, modified_s FROM queues")?;
        let mut rows = statement.query([])?;
        let mut queues = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            let settings = serde_json::from_str(&row.get::<_, String>(1)?).map_err(|source| {
                OpenError::Settings {
                    queue: name.clone(),
                    source,
                }
            })?;
            let (created_s, modified_s) = (row.get(2)?, row.get(3)?);
            queues.push(QueueRow {
                name,
                settings,
                created_s,
                modified_s,
            });
        }
        Ok(queues)
    }

    /// All messages, without their contents, oldest first.
    pub(crate) fn for_each_message(
        &self,
        mut visit: impl FnMut(MessageRow),
    ) -> Result<(), rusqlite::Error> {
        let mut statement = self.connection.prepare(
            "SELECT queue, seq, group_id, sent_ms, visible_ms, receive_count
             FROM messages ORDER BY seq",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(MessageRow {
                queue: row.get(0)?,
                seq: row.get(1)?,
                group_id: row.get(2)?,
                sent_ms: row.get(3)?,
                visible_ms: row.get(4)?,
                receive_count: row.get(5)?,
            });
        }
        Ok(())
    }

    /// Creates or changes a queue.
    pub(crate) fn put_queue(
        &self,
        name: &QueueName,
        settings: &Settings,
        created_s: i64,
        modified_s: i64,
    ) -> Result<(), rusqlite::Error> {
        let settings = serde_json::to_string(settings)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        self.connection.execute(
            "INSERT INTO queues (name, settings, created_s, modified_s) VALUES (?, ?, ?, ?)
             ON CONFLICT (name) DO UPDATE
             SET settings = excluded.settings, modified_s = excluded.modified_s",
            params![name.as_str(), settings, created_s, modified_s],
        )?;
        Ok(())
    }
}

/// Removes the column in which earlier versions kept attributes that senders named.
fn drop_attributes(connection: &Connection) -> Result<(), rusqlite::Error> {
    if connection.column_exists(None, "messages", "attributes")? {
        connection.execute_batch("ALTER TABLE messages DROP COLUMN attributes")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_of_an_earlier_version_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sqs.db");
        let earlier = Connection::open(&path).unwrap();
        earlier.execute_batch(include_str!("schema.sql")).unwrap();
        let message = "ALTER TABLE messages ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';
            INSERT INTO messages (queue, id, body, sent_ms, visible_ms)
                VALUES ('chunks', 'id', 'body', 1, 1)";
        earlier.execute_batch(message).unwrap();
        drop(earlier);
        for _ in 0..2 {
            let mut store = Store::open(&path).unwrap();
            assert_eq!(store.receive(&[1], 2).unwrap()[0].body, "body");
        }
    }
}
