//! The tables of the index and their version.

use std::time::{Duration, SystemTime};

use rusqlite::{Connection, params};

use super::to_ms;
use crate::error::OpenError;

const VERSION: i64 = 1;

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

/// Creates the tables in a new file, refuses those of another version, and forgets old completions.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), OpenError> {
    let found = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(OpenError::Index)?;
    match found {
        0 => create(connection).map_err(OpenError::Index)?,
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

fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
