//! The notification that S3 sends when an object appears.

use std::time::SystemTime;

/// One object that appeared, as the outbox of the index keeps it until it is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectCreated {
    /// Identifies the event to [`S3::acknowledge`](crate::S3::acknowledge); grows with time.
    pub id: i64,
    /// The bucket.
    pub bucket: String,
    /// The key, as the client gave it (a notification of AWS would URL-encode it).
    pub key: String,
    /// The object's size in bytes.
    pub size: u64,
    /// The object's entity tag, without quotes.
    pub etag: String,
    /// The object's version, if its bucket keeps replaced objects.
    pub version_id: Option<String>,
    /// `ObjectCreated:Put` or `ObjectCreated:CompleteMultipartUpload`.
    pub event_name: String,
    /// When the object appeared.
    pub time: SystemTime,
    /// Orders the events of one key: a later write has the greater string.
    pub sequencer: String,
}

/// How an object came to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin {
    Put,
    CompleteMultipartUpload,
}

impl Origin {
    /// The name of the event, as notifications of S3 give it.
    pub(crate) fn event_name(self) -> &'static str {
        match self {
            Self::Put => "ObjectCreated:Put",
            Self::CompleteMultipartUpload => "ObjectCreated:CompleteMultipartUpload",
        }
    }
}
