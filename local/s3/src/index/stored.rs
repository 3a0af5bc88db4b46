//! An object as the index has it.

use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Content, from_ms, unreadable};
use crate::attributes::Attributes;
use crate::error::Error;

/// The version of objects that were stored before their bucket kept replaced ones.
pub(super) const NULL: &str = "null";

/// An object as it is now.
#[derive(Debug, Clone)]
pub(crate) struct StoredObject {
    pub(crate) content: Content,
    pub(crate) attributes: Attributes,
    pub(crate) modified: SystemTime,
    /// Its version, if its bucket keeps replaced objects.
    pub(crate) version_id: Option<String>,
}

impl StoredObject {
    /// Whether this is a version of the object. One that was stored before its bucket kept replaced
    /// objects has the id `null`.
    pub(super) fn has_version(&self, version_id: &str) -> bool {
        self.version_id.as_deref().unwrap_or(NULL) == version_id
    }
}

pub(super) fn find(
    connection: &Connection,
    bucket: &str,
    key: &str,
) -> Result<Option<StoredObject>, Error> {
    let query = "SELECT segments, size, etag, checksums, attributes, modified_ms, version_id
        FROM objects WHERE bucket = ?1 AND key = ?2";
    let mut statement = connection.prepare_cached(query)?;
    let found = statement.query_row(params![bucket, key.as_bytes()], stored_object);
    Ok(found.optional()?)
}

pub(super) fn stored_object(row: &Row<'_>) -> rusqlite::Result<StoredObject> {
    let attributes: String = row.get("attributes")?;
    Ok(StoredObject {
        content: Content::from_row(row)?,
        attributes: serde_json::from_str(&attributes).map_err(unreadable)?,
        modified: from_ms(row.get("modified_ms")?),
        version_id: row.get("version_id")?,
    })
}
