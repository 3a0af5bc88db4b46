//! Versions of objects: in buckets that keep them, objects that were replaced or deleted stay readable by
//! the id of their version, for as long as the bucket says. There are no delete markers.

use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use s3s::S3ErrorCode;
use uuid::Uuid;

use super::content::segments_of;
use super::stored::{self, NULL, StoredObject, stored_object};
use super::to_ms;
use crate::blobs::BlobId;
use crate::error::Error;

/// One version of an object, whether it is the current one or not.
pub(super) fn find(
    connection: &Connection,
    bucket: &str,
    key: &str,
    version_id: &str,
) -> Result<StoredObject, Error> {
    let current = stored::find(connection, bucket, key)?;
    if let Some(current) = current.filter(|current| current.has_version(version_id)) {
        return Ok(current);
    }
    let query = "SELECT segments, size, etag, checksums, attributes, modified_ms, version_id
        FROM replaced_objects WHERE bucket = ?1 AND key = ?2 AND version_id = ?3";
    let mut statement = connection.prepare_cached(query)?;
    let found = statement
        .query_row(params![bucket, key.as_bytes(), version_id], stored_object)
        .optional()?;
    found.ok_or_else(|| {
        let message = format!("the object with the key {key:?} has no version {version_id:?}");
        Error::refused(S3ErrorCode::NoSuchVersion, message)
    })
}

/// Keeps an object that is about to be replaced or deleted, if its bucket does, and forgets those that
/// were kept long enough. Gives the blobs that are no longer used.
pub(super) fn replace(
    transaction: &Transaction<'_>,
    bucket: &str,
    key: &str,
    current: &StoredObject,
) -> Result<Vec<BlobId>, Error> {
    let Some(keeps_ms) = keeps_replaced_ms(transaction, bucket)? else {
        return Ok(current.content.blobs().collect());
    };
    let now_ms = to_ms(SystemTime::now());
    let keep = "INSERT OR REPLACE INTO replaced_objects (bucket, key, version_id,
            size, etag, checksums, attributes, modified_ms, segments, replaced_ms)
        SELECT bucket, key, ifnull(version_id, ?3),
            size, etag, checksums, attributes, modified_ms, segments, ?4
        FROM objects WHERE bucket = ?1 AND key = ?2";
    let mut statement = transaction.prepare_cached(keep)?;
    statement.execute(params![bucket, key.as_bytes(), NULL, now_ms])?;
    let forget = "DELETE FROM replaced_objects WHERE bucket = ?1 AND replaced_ms < ?2
        RETURNING segments";
    let mut statement = transaction.prepare_cached(forget)?;
    let forgotten = statement.query_map(
        params![bucket, now_ms.saturating_sub(keeps_ms)],
        segments_of,
    )?;
    let mut unused = Vec::new();
    for segments in forgotten {
        unused.extend(segments?.into_iter().map(|segment| segment.blob));
    }
    Ok(unused)
}

/// Deletes a version that is not the current one. Gives the blobs that are no longer used.
pub(super) fn delete(
    transaction: &Transaction<'_>,
    bucket: &str,
    key: &str,
    version_id: &str,
) -> Result<Vec<BlobId>, Error> {
    let delete = "DELETE FROM replaced_objects WHERE bucket = ?1 AND key = ?2 AND version_id = ?3
        RETURNING segments";
    let mut statement = transaction.prepare_cached(delete)?;
    let deleted = statement
        .query_row(params![bucket, key.as_bytes(), version_id], segments_of)
        .optional()?;
    let segments = deleted.into_iter().flatten();
    Ok(segments.map(|segment| segment.blob).collect())
}

/// An id for the next version in a bucket, if it keeps replaced objects.
pub(super) fn next_id(
    transaction: &Transaction<'_>,
    bucket: &str,
) -> Result<Option<String>, Error> {
    let keeps = keeps_replaced_ms(transaction, bucket)?;
    Ok(keeps.map(|_| Uuid::new_v4().simple().to_string()))
}

/// For how long a bucket keeps replaced objects, if it does.
fn keeps_replaced_ms(connection: &Connection, bucket: &str) -> Result<Option<i64>, Error> {
    let query = "SELECT keeps_replaced_ms FROM buckets WHERE name = ?1";
    let mut statement = connection.prepare_cached(query)?;
    Ok(statement.query_row([bucket], |row| row.get(0))?)
}
