//! Objects of the index.

use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use s3s::S3ErrorCode;

use super::buckets::require_bucket;
use super::content::segments_of;
use super::{Content, Index, events, from_ms, to_ms, unreadable};
use crate::attributes::Attributes;
use crate::blobs::BlobId;
use crate::conditions::WriteConditions;
use crate::error::Error;
use crate::event::Origin;

/// An object as it is now.
#[derive(Debug, Clone)]
pub(crate) struct StoredObject {
    pub(crate) content: Content,
    pub(crate) attributes: Attributes,
    pub(crate) modified: SystemTime,
}

/// An object about to appear.
#[derive(Debug)]
pub(crate) struct NewObject {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) content: Content,
    pub(crate) attributes: Attributes,
    pub(crate) conditions: WriteConditions,
    pub(crate) origin: Origin,
    pub(crate) modified: SystemTime,
}

impl Index {
    /// The object with a key.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> Result<StoredObject, Error> {
        self.read(|connection| {
            if let Some(object) = find(connection, bucket, key)? {
                return Ok(object);
            }
            require_bucket(connection, bucket)?;
            let message = format!("there is no object with the key {key:?}");
            Err(Error::refused(S3ErrorCode::NoSuchKey, message))
        })
    }

    /// Puts an object in place of the one with its key, if its conditions hold, and queues the
    /// event. Gives the blobs that are no longer used.
    pub(crate) fn put_object(&self, object: &NewObject) -> Result<Vec<BlobId>, Error> {
        self.write(|transaction| put(transaction, object))
    }

    /// Deletes objects; a key without an object is no error. Gives the blobs no longer used.
    pub(crate) fn delete_objects(&self, bucket: &str, keys: &[&str]) -> Result<Vec<BlobId>, Error> {
        self.write(|transaction| {
            require_bucket(transaction, bucket)?;
            let delete = "DELETE FROM objects WHERE bucket = ?1 AND key = ?2 RETURNING segments";
            let mut statement = transaction.prepare_cached(delete)?;
            let mut blobs = Vec::new();
            for key in keys {
                let deleted = statement
                    .query_row(params![bucket, key.as_bytes()], segments_of)
                    .optional()?;
                blobs.extend(deleted.into_iter().flatten().map(|segment| segment.blob));
            }
            Ok(blobs)
        })
    }
}

/// Puts an object within a larger transaction.
pub(super) fn put(transaction: &Transaction<'_>, object: &NewObject) -> Result<Vec<BlobId>, Error> {
    require_bucket(transaction, &object.bucket)?;
    let current = find(transaction, &object.bucket, &object.key)?;
    let current_etag = current.as_ref().map(|object| object.content.etag.as_str());
    object.conditions.check(current_etag)?;

    let content = &object.content;
    let upsert = "INSERT OR REPLACE INTO objects
        (bucket, key, segments, size, etag, checksums, attributes, modified_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    transaction.prepare_cached(upsert)?.execute(params![
        object.bucket,
        object.key.as_bytes(),
        content.packed_segments(),
        content.size_bytes,
        content.etag,
        serde_json::to_string(&content.checksums)?,
        serde_json::to_string(&object.attributes)?,
        to_ms(object.modified),
    ])?;
    events::queue(transaction, object)?;
    let replaced = current.iter().flat_map(|object| object.content.blobs());
    Ok(replaced.collect())
}

fn find(connection: &Connection, bucket: &str, key: &str) -> Result<Option<StoredObject>, Error> {
    let query = "SELECT segments, size, etag, checksums, attributes, modified_ms
        FROM objects WHERE bucket = ?1 AND key = ?2";
    let mut statement = connection.prepare_cached(query)?;
    let found = statement.query_row(params![bucket, key.as_bytes()], stored_object);
    Ok(found.optional()?)
}

fn stored_object(row: &Row<'_>) -> rusqlite::Result<StoredObject> {
    let attributes: String = row.get("attributes")?;
    Ok(StoredObject {
        content: Content::from_row(row)?,
        attributes: serde_json::from_str(&attributes).map_err(unreadable)?,
        modified: from_ms(row.get("modified_ms")?),
    })
}
