//! Buckets of the index.

use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, params};
use s3s::S3ErrorCode;

use super::{Index, to_ms};
use crate::error::Error;

impl Index {
    /// Creates a bucket; one that exists already stays as it is.
    pub(crate) fn create_bucket(&self, name: &str) -> Result<(), Error> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO buckets (name, created_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![name, to_ms(SystemTime::now())],
            )?;
            Ok(())
        })
    }

    /// From now on a bucket keeps objects that are replaced or deleted, for this long.
    pub(crate) fn keep_replaced(&self, name: &str, time: Duration) -> Result<(), Error> {
        self.write(|transaction| {
            require_bucket(transaction, name)?;
            transaction.execute(
                "UPDATE buckets SET keeps_replaced_ms = ?2 WHERE name = ?1",
                params![name, i64::try_from(time.as_millis()).unwrap_or(i64::MAX)],
            )?;
            Ok(())
        })
    }

    /// Refuses unless the bucket exists.
    pub(crate) fn require_bucket(&self, name: &str) -> Result<(), Error> {
        self.read(|connection| require_bucket(connection, name))
    }
}

/// Refuses unless the bucket exists.
pub(super) fn require_bucket(connection: &Connection, name: &str) -> Result<(), Error> {
    let query = "SELECT 1 FROM buckets WHERE name = ?1";
    let mut statement = connection.prepare_cached(query)?;
    let found = statement.query_row([name], |_| Ok(())).optional()?;
    found.ok_or_else(|| {
        let message = format!("there is no bucket {name}");
        Error::refused(S3ErrorCode::NoSuchBucket, message)
    })
}
