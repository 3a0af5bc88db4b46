//! What can go wrong, and how a client of S3 is told about it.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use axum::http::StatusCode;
use s3s::{S3Error, S3ErrorCode};

/// Why the local S3 could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the folder open; two would delete each other's blobs.
    #[error("the folder {} of the local S3 is in use by another process", folder.display())]
    InUse {
        /// The folder of the configuration.
        folder: PathBuf,
    },
    /// The folder could not be created, locked or read.
    #[error("the folder {} of the local S3 could not be prepared", folder.display())]
    Folder {
        /// The folder of the configuration.
        folder: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The index could not be opened or was written by something else.
    #[error("the index of the local S3 could not be opened")]
    Index(#[source] rusqlite::Error),
    /// The index was written by another version of this program.
    #[error("the index of the local S3 has version {found}, this program writes {expected}")]
    Version {
        /// The version in the file.
        found: i64,
        /// The version that this program understands.
        expected: i64,
    },
}

/// Why an operation on the local S3 failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk is full. Nothing of the operation remains; it can be repeated after making room.
    #[error("no space is left on the disk that holds the local S3")]
    DiskFull,
    /// The file system failed.
    #[error("a blob of the local S3 could not be read or written")]
    Blob(#[source] io::Error),
    /// The index failed.
    #[error("the index of the local S3 failed")]
    Index(#[source] rusqlite::Error),
    /// The index holds something that this program did not write.
    #[error("the index of the local S3 is damaged")]
    Damaged(#[source] serde_json::Error),
    /// A blocking task was cancelled because the process is stopping.
    #[error("the local S3 is stopping")]
    Stopping,
    /// The request cannot be granted; repeating it does not help.
    #[error("{}: {message}", code.as_str())]
    Refused {
        /// The code of S3, such as `NoSuchBucket`.
        code: S3ErrorCode,
        /// One sentence for a person.
        message: Cow<'static, str>,
    },
}

impl Error {
    /// A refusal with a code of S3 and a sentence for a person.
    pub(crate) fn refused(code: S3ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Blob(error),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Index(error),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(error)
    }
}

impl From<Error> for S3Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused { code, message } => {
                let mut refusal = S3Error::with_message(code, message);
                if refusal.status_code().is_none() {
                    // A code that `s3s` does not know would otherwise be a fault of the server.
                    refusal.set_status_code(StatusCode::BAD_REQUEST);
                }
                refusal
            }
            Error::DiskFull => {
                // SDKs repeat InternalError and the statuses 500, 502, 503 and 504, but a full disk
                // stays full: 507 and a code of our own reach the person at once.
                let code = S3ErrorCode::Custom("InsufficientStorage".into());
                let mut refusal = S3Error::with_message(code, error.to_string());
                refusal.set_status_code(StatusCode::INSUFFICIENT_STORAGE);
                refusal
            }
            Error::Stopping => {
                S3Error::with_message(S3ErrorCode::ServiceUnavailable, error.to_string())
            }
            Error::Blob(_) | Error::Index(_) | Error::Damaged(_) => {
                let mut internal = S3Error::internal_error(error);
                internal.set_message("the local S3 failed; its log says why");
                internal
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_an_error_that_sdks_do_not_repeat() {
        let full_index = rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
            None,
        );
        let full_folder = io::Error::from(io::ErrorKind::StorageFull);

        for error in [Error::from(full_index), Error::from(full_folder)] {
            let answer = S3Error::from(error);
            assert_eq!(answer.status_code(), Some(StatusCode::INSUFFICIENT_STORAGE));
            assert_eq!(answer.code().as_str(), "InsufficientStorage");
            assert!(
                answer
                    .message()
                    .is_some_and(|m| m.contains("no space is left"))
            );
        }
    }
}
