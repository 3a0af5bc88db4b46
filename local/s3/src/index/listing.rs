//! Listing keys: one range query, which starts anew behind each common prefix.
//!
//! A bucket with a million keys under `logs/` costs one step when it is listed by `/`.

use std::time::SystemTime;

use rusqlite::{Connection, params};

use super::buckets::require_bucket;
use super::{Index, from_ms, key_of};
use crate::error::Error;

/// What to list.
#[derive(Debug)]
pub(crate) struct ListingRequest {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    /// Keys are grouped up to this string, if it is not empty.
    pub(crate) delimiter: String,
    /// The first key that may be listed, as bytes: it need not be one that exists.
    pub(crate) from: Vec<u8>,
    pub(crate) max_entries: usize,
}

/// One page of a listing, in the order of keys.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) objects: Vec<ListedObject>,
    pub(crate) common_prefixes: Vec<String>,
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
            let mut listing = Listing::default();
            let mut from = request.prefix.as_bytes().max(&request.from).to_vec();
            while let Some(next) = continue_listing(connection, request, &from, &mut listing)? {
                from = next;
            }
            Ok(listing)
        })
    }
}

/// The smallest key after all that start with `prefix`, which is not empty. No byte of UTF-8 is
/// 0xFF, so the last one can grow.
fn after_all_with(prefix: &str) -> Vec<u8> {
    let mut bytes = prefix.as_bytes().to_vec();
    if let Some(last) = bytes.last_mut() {
        *last += 1;
    }
    bytes
}

/// Lists from a key up to the end of the page or to a common prefix. In the latter case gives the
/// key behind it, from which to go on.
fn continue_listing(
    connection: &Connection,
    request: &ListingRequest,
    from: &[u8],
    listing: &mut Listing,
) -> Result<Option<Vec<u8>>, Error> {
    let query = "SELECT key, size, etag, modified_ms FROM objects
        WHERE bucket = ?1 AND key >= ?2 ORDER BY key";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query(params![request.bucket, from])?;
    while let Some(row) = rows.next()? {
        let key = key_of(row)?;
        let Some(rest) = key.strip_prefix(&request.prefix) else {
            return Ok(None);
        };
        if listing.objects.len() + listing.common_prefixes.len() == request.max_entries {
            listing.next = Some(key.into_bytes());
            return Ok(None);
        }
        if let Some(at) = find_delimiter(rest, &request.delimiter) {
            let end = request.prefix.len() + at + request.delimiter.len();
            let common = key[..end].to_owned();
            let behind = after_all_with(&common);
            listing.common_prefixes.push(common);
            return Ok(Some(behind));
        }
        listing.objects.push(ListedObject {
            key,
            size_bytes: row.get("size")?,
            etag: row.get("etag")?,
            modified: from_ms(row.get("modified_ms")?),
        });
    }
    Ok(None)
}

fn find_delimiter(rest: &str, delimiter: &str) -> Option<usize> {
    if delimiter.is_empty() {
        return None;
    }
    rest.find(delimiter)
}
