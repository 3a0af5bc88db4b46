//! The outbox: events that were queued with their object and wait to be acknowledged.

use rusqlite::{Row, Transaction, params};

use super::{Index, NewObject, from_ms, key_of, to_ms};
use crate::error::Error;
use crate::event::ObjectCreated;

impl Index {
    /// The oldest events that are not acknowledged, at most `max`.
    pub(crate) fn events(&self, max: usize) -> Result<Vec<ObjectCreated>, Error> {
        self.read(|connection| {
            let query = "SELECT id, bucket, key, size, etag, name, time_ms, version_id
                FROM events ORDER BY id LIMIT ?1";
            let mut statement = connection.prepare_cached(query)?;
            let rows = statement.query_map([max as i64], event)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Forgets events; unknown ids are ignored.
    pub(crate) fn acknowledge(&self, ids: &[i64]) -> Result<(), Error> {
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached("DELETE FROM events WHERE id = ?1")?;
            for id in ids {
                statement.execute([id])?;
            }
            Ok(())
        })
    }
}

/// Queues the event of an object within the transaction that stores it.
pub(super) fn queue(
    transaction: &Transaction<'_>,
    object: &NewObject,
    version_id: Option<&str>,
) -> Result<(), Error> {
    let insert = "INSERT INTO events (bucket, key, size, etag, name, time_ms, version_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    transaction.prepare_cached(insert)?.execute(params![
        object.bucket,
        object.key.as_bytes(),
        object.content.size_bytes,
        object.content.etag,
        object.origin.event_name(),
        to_ms(object.modified),
        version_id,
    ])?;
    Ok(())
}

fn event(row: &Row<'_>) -> rusqlite::Result<ObjectCreated> {
    let id = row.get("id")?;
    Ok(ObjectCreated {
        id,
        bucket: row.get("bucket")?,
        key: key_of(row)?,
        size: row.get("size")?,
        etag: row.get("etag")?,
        version_id: row.get("version_id")?,
        event_name: row.get("name")?,
        time: from_ms(row.get("time_ms")?),
        sequencer: format!("{id:018X}"),
    })
}
