//! Multipart uploads of the index, and their parts.

use std::collections::HashSet;
use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use s3s::S3ErrorCode;
use serde::{Deserialize, Serialize};

use super::buckets::require_bucket;
use super::content::{Segment, segments_of};
use super::objects::{self, NewObject, Put};
use super::{Content, Index, from_ms, to_ms};
use crate::attributes::Attributes;
use crate::blobs::BlobId;
use crate::checksums::Algorithm;
use crate::error::Error;

/// Names an upload; its bucket and key must be those it was created with.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) bucket: String,
    pub(crate) key: String,
}

/// One part of an upload in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) number: i32,
    pub(crate) content: Content,
    pub(crate) modified: SystemTime,
}

/// What the client said of the object when it created the upload.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    #[serde(flatten)]
    pub(crate) attributes: Attributes,
    /// Not there in an upload that was created by an earlier version.
    #[serde(default)]
    pub(crate) checksum_algorithm: Option<Algorithm>,
}

/// How far an upload has come.
#[derive(Debug)]
pub(crate) enum UploadState {
    InProgress(Plan),
    /// The object is there already, with this tag.
    Completed(String),
}

impl Index {
    /// Starts an upload.
    pub(crate) fn create_upload(&self, upload: &Upload, plan: &Plan) -> Result<(), Error> {
        let plan = serde_json::to_string(plan)?;
        self.write(|transaction| {
            require_bucket(transaction, &upload.bucket)?;
            let insert = "INSERT INTO uploads (id, bucket, key, attributes, created_ms)
                VALUES (?1, ?2, ?3, ?4, ?5)";
            transaction.execute(
                insert,
                params![
                    upload.id,
                    upload.bucket,
                    upload.key.as_bytes(),
                    plan,
                    to_ms(SystemTime::now()),
                ],
            )?;
            Ok(())
        })
    }

    /// How far an upload has come.
    pub(crate) fn upload(&self, upload: &Upload) -> Result<UploadState, Error> {
        self.read(|connection| state(connection, upload))
    }

    /// Refuses unless an upload is in progress.
    pub(crate) fn require_upload(&self, upload: &Upload) -> Result<(), Error> {
        self.read(|connection| require_in_progress(connection, upload))
    }

    /// The parts of an upload, by number.
    pub(crate) fn parts(&self, upload: &Upload) -> Result<Vec<Part>, Error> {
        self.read(|connection| {
            require_in_progress(connection, upload)?;
            parts(connection, upload)
        })
    }

    /// Puts a part in place of the one with its number. Gives the blobs that are no longer used.
    pub(crate) fn put_part(&self, upload: &Upload, part: &Part) -> Result<Vec<BlobId>, Error> {
        self.write(|transaction| {
            require_in_progress(transaction, upload)?;
            let old = transaction
                .prepare_cached("SELECT segments FROM parts WHERE upload = ?1 AND number = ?2")?
                .query_row(params![upload.id, part.number], segments_of)
                .optional()?;
            let upsert = "INSERT OR REPLACE INTO parts
                (upload, number, segments, size, etag, checksums, modified_ms)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            transaction.prepare_cached(upsert)?.execute(params![
                upload.id,
                part.number,
                part.content.packed_segments(),
                part.content.size_bytes,
                part.content.etag,
                serde_json::to_string(&part.content.checksums)?,
                to_ms(part.modified),
            ])?;
            Ok(blobs_in(old.into_iter().flatten()))
        })
    }

    /// Puts the object made of `used` in place and ends the upload. Refuses if a part was replaced
    /// meanwhile.
    pub(crate) fn complete_upload(
        &self,
        upload: &Upload,
        used: &[Part],
        object: &NewObject,
    ) -> Result<Put, Error> {
        self.write(|transaction| {
            require_in_progress(transaction, upload)?;
            let current = parts(transaction, upload)?;
            if !used.iter().all(|part| current.contains(part)) {
                return Err(Error::refused(
                    S3ErrorCode::InvalidPart,
                    "a part was replaced while the upload was being completed",
                ));
            }
            let mut put = objects::put(transaction, object)?;
            let mut unused = delete_parts(transaction, upload)?;
            let taken_over: HashSet<_> = object.content.blobs().collect();
            unused.retain(|blob| !taken_over.contains(blob));
            put.unused.extend(unused);
            transaction.execute(
                "UPDATE uploads SET completed_etag = ?2 WHERE id = ?1",
                params![upload.id, object.content.etag],
            )?;
            Ok(put)
        })
    }

    /// Ends an upload without an object. Gives the blobs that are no longer used.
    pub(crate) fn abort_upload(&self, upload: &Upload) -> Result<Vec<BlobId>, Error> {
        self.write(|transaction| {
            require_in_progress(transaction, upload)?;
            let unused = delete_parts(transaction, upload)?;
            transaction.execute("DELETE FROM uploads WHERE id = ?1", [&upload.id])?;
            Ok(unused)
        })
    }
}

fn state(connection: &Connection, upload: &Upload) -> Result<UploadState, Error> {
    let query = "SELECT attributes, completed_etag FROM uploads
        WHERE id = ?1 AND bucket = ?2 AND key = ?3";
    let mut statement = connection.prepare_cached(query)?;
    let found: Option<(String, Option<String>)> = statement
        .query_row(
            params![upload.id, upload.bucket, upload.key.as_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    match found {
        Some((_, Some(etag))) => Ok(UploadState::Completed(etag)),
        Some((plan, None)) => Ok(UploadState::InProgress(serde_json::from_str(&plan)?)),
        None => {
            require_bucket(connection, &upload.bucket)?;
            Err(no_such_upload())
        }
    }
}

fn require_in_progress(connection: &Connection, upload: &Upload) -> Result<(), Error> {
    match state(connection, upload)? {
        UploadState::InProgress(_) => Ok(()),
        UploadState::Completed(_) => Err(no_such_upload()),
    }
}

/// The refusal of an upload that is unknown, aborted or completed.
pub(crate) fn no_such_upload() -> Error {
    Error::refused(
        S3ErrorCode::NoSuchUpload,
        "the upload does not exist, was aborted, or is complete",
    )
}

fn parts(connection: &Connection, upload: &Upload) -> Result<Vec<Part>, Error> {
    let query = "SELECT number, segments, size, etag, checksums, modified_ms
        FROM parts WHERE upload = ?1 ORDER BY number";
    let mut statement = connection.prepare_cached(query)?;
    let rows = statement.query_map([&upload.id], part)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn part(row: &Row<'_>) -> rusqlite::Result<Part> {
    Ok(Part {
        number: row.get("number")?,
        content: Content::from_row(row)?,
        modified: from_ms(row.get("modified_ms")?),
    })
}

fn delete_parts(transaction: &Transaction<'_>, upload: &Upload) -> Result<Vec<BlobId>, Error> {
    let delete = "DELETE FROM parts WHERE upload = ?1 RETURNING segments";
    let mut statement = transaction.prepare_cached(delete)?;
    let rows = statement.query_map([&upload.id], segments_of)?;
    let deleted: Vec<_> = rows.collect::<Result<_, _>>()?;
    Ok(blobs_in(deleted.into_iter().flatten()))
}

fn blobs_in(segments: impl Iterator<Item = Segment>) -> Vec<BlobId> {
    segments.map(|segment| segment.blob).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_of_an_upload_of_an_earlier_version_is_read() {
        let attributes = Attributes {
            content_type: Some("text/csv".to_owned()),
        };
        let earlier = serde_json::to_string(&attributes).unwrap();
        let expected = Plan {
            attributes,
            checksum_algorithm: None,
        };
        assert_eq!(serde_json::from_str::<Plan>(&earlier).unwrap(), expected);
    }
}
