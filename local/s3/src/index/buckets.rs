//! Buckets of the index.

use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, params};
use s3s::S3ErrorCode;

use super::{Index, from_ms, to_ms};
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

    /// Deletes a bucket that has neither objects nor uploads in progress.
    pub(crate) fn delete_bucket(&self, name: &str) -> Result<(), Error> {
        self.write(|transaction| {
            require_bucket(transaction, name)?;
            let in_use = "SELECT EXISTS (SELECT 1 FROM objects WHERE bucket = ?1)
                OR EXISTS (SELECT 1 FROM uploads WHERE bucket = ?1 AND completed_etag IS NULL)";
            if transaction.query_row(in_use, [name], |row| row.get(0))? {
                return Err(Error::refused(
                    S3ErrorCode::BucketNotEmpty,
                    "the bucket has objects or unfinished uploads",
                ));
            }
            transaction.execute("DELETE FROM uploads WHERE bucket = ?1", [name])?;
            transaction.execute("DELETE FROM buckets WHERE name = ?1", [name])?;
            Ok(())
        })
    }

    /// Refuses unless the bucket exists.
    pub(crate) fn require_bucket(&self, name: &str) -> Result<(), Error> {
        self.read(|connection| require_bucket(connection, name))
    }

    /// All buckets by name, with the time of their creation.
    pub(crate) fn buckets(&self) -> Result<Vec<(String, SystemTime)>, Error> {
        self.read(|connection| {
            let query = "SELECT name, created_ms FROM buckets ORDER BY name";
            let mut statement = connection.prepare_cached(query)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, from_ms(row.get(1)?))))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
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
