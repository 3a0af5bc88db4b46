//! The tables of the index and their version.

use std::time::{Duration, SystemTime};

use rusqlite::{Connection, params};

use super::to_ms;
use crate::error::OpenError;

/// Version 1 had no versions of objects.
const VERSION: i64 = 2;

/// How long a completed upload is remembered, so that repeating its completion succeeds.
const COMPLETED_UPLOADS_KEPT: Duration = Duration::from_hours(24);

/// Keys are binary: compared byte by byte, which is the order in which S3 lists them.
/// The ids of events are never given twice (`AUTOINCREMENT`), since they order a key's events.
const TABLES: &str = "
CREATE TABLE buckets (
    name TEXT PRIMARY KEY,
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE objects (
    bucket TEXT NOT NULL REFERENCES buckets (name),
    key BLOB NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    checksums TEXT NOT NULL,
    attributes TEXT NOT NULL,
    modified_ms INTEGER NOT NULL,
    segments BLOB NOT NULL,
    PRIMARY KEY (bucket, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL REFERENCES buckets (name),
    key BLOB NOT NULL,
    attributes TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    completed_etag TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE parts (
    upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    checksums TEXT NOT NULL,
    modified_ms INTEGER NOT NULL,
    segments BLOB NOT NULL,
    PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL,
    key BLOB NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    name TEXT NOT NULL,
    time_ms INTEGER NOT NULL
) STRICT;
";

/// What version 2 adds. Only buckets that keep replaced objects give objects a version.
const VERSIONS: &str = "
ALTER TABLE buckets ADD COLUMN keeps_replaced_ms INTEGER;
ALTER TABLE objects ADD COLUMN version_id TEXT;
ALTER TABLE events ADD COLUMN version_id TEXT;

CREATE TABLE replaced_objects (
    bucket TEXT NOT NULL REFERENCES buckets (name),
    key BLOB NOT NULL,
    version_id TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    checksums TEXT NOT NULL,
    attributes TEXT NOT NULL,
    modified_ms INTEGER NOT NULL,
    segments BLOB NOT NULL,
    replaced_ms INTEGER NOT NULL,
    PRIMARY KEY (bucket, key, version_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX replaced_objects_by_time ON replaced_objects (bucket, replaced_ms);
";

/// Creates the tables in a new file, adds what an older one lacks, refuses those of a newer version,
/// and forgets old completions.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), OpenError> {
    let found = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(OpenError::Index)?;
    match found {
        0 => upgrade(connection, &[TABLES, VERSIONS]).map_err(OpenError::Index)?,
        1 => upgrade(connection, &[VERSIONS]).map_err(OpenError::Index)?,
        VERSION => {}
        found => {
            return Err(OpenError::Version {
                found,
                expected: VERSION,
            });
        }
    }
    let forget_before = SystemTime::now() - COMPLETED_UPLOADS_KEPT;
    let forget = "DELETE FROM uploads WHERE completed_etag IS NOT NULL AND created_ms < ?1";
    connection
        .execute(forget, params![to_ms(forget_before)])
        .map_err(OpenError::Index)?;
    Ok(())
}

fn upgrade(connection: &mut Connection, steps: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_of_version_1_keeps_its_objects() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        let stored = "INSERT INTO buckets VALUES ('b', 0);
            INSERT INTO objects VALUES ('b', x'61', 3, 'e', '{}', '{}', 0, x'');";
        connection.execute_batch(stored).unwrap();
        for _ in 0..2 {
            prepare(&mut connection).unwrap();
        }
        let query = "SELECT version_id FROM objects WHERE size = 3";
        let version: Option<String> = connection.query_row(query, [], |row| row.get(0)).unwrap();
        assert_eq!(version, None);
    }
}
