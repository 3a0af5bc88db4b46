//! The index: which buckets, objects, uploads, parts and unacknowledged events there are.
//!
//! One `SQLite` file in WAL mode with a connection for writes and one for reads, so that a
//! checkpoint of the log does not hold up readers. Everything here blocks.

mod buckets;
mod content;
mod events;
mod listing;
mod objects;
mod schema;
mod stored;
mod uploads;
mod versions;

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::types::Type;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior};

use crate::blobs::BlobId;
use crate::error::{Error, OpenError};

pub(crate) use content::{Content, Extent, Segment};
pub(crate) use listing::{ListedObject, Listing, ListingRequest};
pub(crate) use objects::NewObject;
pub(crate) use stored::StoredObject;
pub(crate) use uploads::{Part, Plan, Upload, UploadState, no_such_upload};

/// The connections to the index.
pub(crate) struct Index {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
}

impl Index {
    /// Opens the index, creating or checking its tables.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        let mut writer = connect(path).map_err(OpenError::Index)?;
        schema::prepare(&mut writer)?;
        let reader = connect(path).map_err(OpenError::Index)?;
        Ok(Self {
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
        })
    }

    /// Every blob that a row names.
    pub(crate) fn live_blobs(&self) -> Result<HashSet<BlobId>, Error> {
        self.read(|connection| {
            let query = "SELECT segments FROM objects
                UNION ALL SELECT segments FROM replaced_objects
                UNION ALL SELECT segments FROM parts";
            let mut statement = connection.prepare(query)?;
            let mut live = HashSet::new();
            for segments in statement.query_map([], content::segments_of)? {
                live.extend(segments?.into_iter().map(|segment| segment.blob));
            }
            Ok(live)
        })
    }

    fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let connection = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        query(&connection)
    }

    /// Runs `change` in one transaction, which is rolled back if it fails.
    fn write<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut connection = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = change(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A key, which is kept as bytes so that `SQLite` orders keys as S3 does.
fn key_of(row: &Row<'_>) -> rusqlite::Result<String> {
    let key: Vec<u8> = row.get("key")?;
    String::from_utf8(key).map_err(unreadable)
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}

fn to_ms(time: SystemTime) -> i64 {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since_epoch.as_millis() as i64
}

fn from_ms(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms.max(0) as u64)
}
