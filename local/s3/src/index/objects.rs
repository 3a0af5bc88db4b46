//! Objects of the index.

use std::time::SystemTime;

use rusqlite::{Transaction, params};
use s3s::S3ErrorCode;

use super::buckets::require_bucket;
use super::stored::{StoredObject, find};
use super::{Content, Index, events, to_ms, versions};
use crate::attributes::Attributes;
use crate::blobs::BlobId;
use crate::conditions::precondition_failed;
use crate::error::Error;
use crate::event::Origin;

/// What came of storing an object.
#[derive(Debug)]
pub(crate) struct Put {
    /// The version that it got, if its bucket keeps replaced objects.
    pub(crate) version_id: Option<String>,
    /// The blobs that are no longer used.
    pub(crate) unused: Vec<BlobId>,
}

/// An object about to appear.
#[derive(Debug)]
pub(crate) struct NewObject {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) content: Content,
    pub(crate) attributes: Attributes,
    /// Whether the key must be free.
    pub(crate) must_create: bool,
    pub(crate) origin: Origin,
    pub(crate) modified: SystemTime,
}

impl Index {
    /// The object with a key: as it is now, or one version of it.
    pub(crate) fn object(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<StoredObject, Error> {
        self.read(|connection| {
            if let Some(version_id) = version_id {
                require_bucket(connection, bucket)?;
                return versions::find(connection, bucket, key, version_id);
            }
            if let Some(object) = find(connection, bucket, key)? {
                return Ok(object);
            }
            require_bucket(connection, bucket)?;
            let message = format!("there is no object with the key {key:?}");
            Err(Error::refused(S3ErrorCode::NoSuchKey, message))
        })
    }

    /// Puts an object in place of the one with its key, if its conditions hold, and queues the
    /// event.
    pub(crate) fn put_object(&self, object: &NewObject) -> Result<Put, Error> {
        self.write(|transaction| put(transaction, object))
    }

    /// Deletes an object, or a single version of it; what is not there is no error. Gives the blobs that
    /// are no longer used.
    pub(crate) fn delete_object(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<Vec<BlobId>, Error> {
        self.write(|transaction| {
            require_bucket(transaction, bucket)?;
            let current = find(transaction, bucket, key)?;
            match (version_id, current) {
                (Some(version_id), current) => {
                    if current.is_some_and(|object| object.has_version(version_id)) {
                        let message = "deleting the current version of an object by its id";
                        return Err(Error::refused(S3ErrorCode::NotImplemented, message));
                    }
                    versions::delete(transaction, bucket, key, version_id)
                }
                (None, Some(object)) => {
                    let unused = versions::replace(transaction, bucket, key, &object)?;
                    let delete = "DELETE FROM objects WHERE bucket = ?1 AND key = ?2";
                    let mut statement = transaction.prepare_cached(delete)?;
                    statement.execute(params![bucket, key.as_bytes()])?;
                    Ok(unused)
                }
                (None, None) => Ok(Vec::new()),
            }
        })
    }
}

/// Puts an object within a larger transaction.
pub(super) fn put(transaction: &Transaction<'_>, object: &NewObject) -> Result<Put, Error> {
    require_bucket(transaction, &object.bucket)?;
    let current = find(transaction, &object.bucket, &object.key)?;
    if object.must_create && current.is_some() {
        return Err(precondition_failed());
    }
    let unused = match &current {
        Some(current) => versions::replace(transaction, &object.bucket, &object.key, current)?,
        None => Vec::new(),
    };
    let version_id = versions::next_id(transaction, &object.bucket)?;

    let content = &object.content;
    let upsert = "INSERT OR REPLACE INTO objects
        (bucket, key, segments, size, etag, checksums, attributes, modified_ms, version_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    transaction.prepare_cached(upsert)?.execute(params![
        object.bucket,
        object.key.as_bytes(),
        content.packed_segments(),
        content.size_bytes,
        content.etag,
        serde_json::to_string(&content.checksums)?,
        serde_json::to_string(&object.attributes)?,
        to_ms(object.modified),
        version_id,
    ])?;
    events::queue(transaction, object, version_id.as_deref())?;
    Ok(Put { version_id, unused })
}
