//! Listing keys: one range query.

use std::time::SystemTime;

use rusqlite::params;

use super::buckets::require_bucket;
use super::{Index, from_ms, key_of};
use crate::error::Error;

/// What to list.
#[derive(Debug)]
pub(crate) struct ListingRequest {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    /// The first key that may be listed, as bytes: it need not be one that exists.
    pub(crate) from: Vec<u8>,
    pub(crate) max_entries: usize,
}

/// One page of a listing, in the order of keys.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) objects: Vec<ListedObject>,
    /// Where the next page starts, if there is one.
    pub(crate) next: Option<Vec<u8>>,
}

/// An object in a listing.
#[derive(Debug)]
pub(crate) struct ListedObject {
    pub(crate) key: String,
    pub(crate) size_bytes: u64,
    pub(crate) etag: String,
    pub(crate) modified: SystemTime,
}

impl Index {
    /// Lists one page.
    pub(crate) fn list(&self, request: &ListingRequest) -> Result<Listing, Error> {
        self.read(|connection| {
            require_bucket(connection, &request.bucket)?;
            let from = request.prefix.as_bytes().max(&request.from);
            let query = "SELECT key, size, etag, modified_ms FROM objects
                WHERE bucket = ?1 AND key >= ?2 ORDER BY key";
            let mut statement = connection.prepare_cached(query)?;
            let mut rows = statement.query(params![request.bucket, from])?;
            let mut listing = Listing::default();
            while let Some(row) = rows.next()? {
                let key = key_of(row)?;
                if !key.starts_with(&request.prefix) {
                    break;
                }
                if listing.objects.len() == request.max_entries {
                    listing.next = Some(key.into_bytes());
                    break;
                }
                listing.objects.push(ListedObject {
                    key,
                    size_bytes: row.get("size")?,
                    etag: row.get("etag")?,
                    modified: from_ms(row.get("modified_ms")?),
                });
            }
            Ok(listing)
        })
    }
}
