//! What can go wrong, and how AWS names it: each error knows its shape in the JSON protocol, its
//! code in the older query protocol (the SDKs match on that one) and whose fault it is.

use std::fmt;

/// Why a queue file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// `SQLite` refused: the folder is missing, the file is no database or another process holds it.
    #[error("cannot open the queue file")]
    Storage(#[from] rusqlite::Error),
    /// The file holds a queue whose settings cannot be read.
    #[error("cannot read the settings of queue {queue}")]
    Settings {
        /// The queue's name.
        queue: String,
        /// What is wrong with its settings.
        source: serde_json::Error,
    },
}

/// An error as a client sees it. Texts follow AWS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SqsError {
    #[error("The specified queue does not exist.")]
    QueueDoesNotExist,
    #[error("A queue already exists with the same name and a different value for attribute {0}")]
    QueueNameExists(String),
    #[error("There should be at least one entry in the request.")]
    EmptyBatchRequest,
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntriesInBatchRequest(usize),
    #[error("Id {0} repeated.")]
    BatchEntryIdsNotDistinct(String),
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
         It can be at most 80 letters long."
    )]
    InvalidBatchEntryId,
    #[error(
        "Batch requests cannot be longer than {limit_bytes} bytes. \
         You have sent {size_bytes} bytes."
    )]
    BatchRequestTooLong {
        size_bytes: usize,
        limit_bytes: usize,
    },
    #[error(
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
    )]
    InvalidMessageContents,
    #[error("The input receipt handle \"{0}\" is not a valid receipt handle.")]
    ReceiptHandleIsInvalid(String),
    #[error("The message referred to is not in flight.")]
    MessageNotInflight,
    #[error("Too many messages are in flight (the limit is 120,000).")]
    OverLimit,
    #[error("Unknown Attribute {0}.")]
    InvalidAttributeName(String),
    #[error("Invalid value for the parameter {name}. {reason}")]
    InvalidAttributeValue { name: &'static str, reason: String },
    #[error("Value {value} for parameter {name} is invalid. Reason: {reason}")]
    InvalidParameterValue {
        name: &'static str,
        value: String,
        reason: String,
    },
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    #[error("{0}")]
    UnsupportedOperation(String),
    #[error("The request could not be read: {0}")]
    Serialization(#[source] serde_json::Error),
    #[error("The queue file could not be read or written.")]
    Storage(#[from] rusqlite::Error),
    #[error("An earlier fault left the queues in doubt; restart the process.")]
    Broken,
}

impl SqsError {
    /// A value out of its range or of the wrong form.
    pub(crate) fn invalid(
        name: &'static str,
        value: &(impl fmt::Display + ?Sized),
        reason: impl Into<String>,
    ) -> Self {
        Self::InvalidParameterValue {
            name,
            value: value.to_string(),
            reason: reason.into(),
        }
    }

    /// The shape's name in the JSON protocol, and its code in the query protocol.
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::QueueDoesNotExist => (
                "QueueDoesNotExist",
                "AWS.SimpleQueueService.NonExistentQueue",
            ),
            Self::QueueNameExists(_) => ("QueueNameExists", "QueueAlreadyExists"),
            Self::EmptyBatchRequest => (
                "EmptyBatchRequest",
                "AWS.SimpleQueueService.EmptyBatchRequest",
            ),
            Self::TooManyEntriesInBatchRequest(_) => (
                "TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            ),
            Self::BatchEntryIdsNotDistinct(_) => (
                "BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            ),
            Self::InvalidBatchEntryId => (
                "InvalidBatchEntryId",
                "AWS.SimpleQueueService.InvalidBatchEntryId",
            ),
            Self::BatchRequestTooLong { .. } => (
                "BatchRequestTooLong",
                "AWS.SimpleQueueService.BatchRequestTooLong",
            ),
            Self::InvalidMessageContents => ("InvalidMessageContents", "InvalidMessageContents"),
            Self::ReceiptHandleIsInvalid(_) => ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            Self::MessageNotInflight => (
                "MessageNotInflight",
                "AWS.SimpleQueueService.MessageNotInflight",
            ),
            Self::OverLimit => ("OverLimit", "OverLimit"),
            Self::InvalidAttributeName(_) => ("InvalidAttributeName", "InvalidAttributeName"),
            Self::InvalidAttributeValue { .. } => {
                ("InvalidAttributeValue", "InvalidAttributeValue")
            }
            Self::InvalidParameterValue { .. } => {
                ("InvalidParameterValue", "InvalidParameterValue")
            }
            Self::MissingParameter(_) => ("MissingParameter", "MissingParameter"),
            Self::UnsupportedOperation(_) => (
                "UnsupportedOperation",
                "AWS.SimpleQueueService.UnsupportedOperation",
            ),
            Self::Serialization(_) => ("SerializationException", "MalformedInput"),
            Self::Storage(_) | Self::Broken => ("InternalError", "InternalError"),
        }
    }

    /// The shape's name in the JSON protocol.
    pub(crate) fn shape(&self) -> &'static str {
        self.names().0
    }

    /// The code in the query protocol, which batch results and the SDKs use.
    pub(crate) fn query_code(&self) -> &'static str {
        self.names().1
    }

    /// True if the client caused it, so that the same request would fail again.
    pub(crate) fn is_senders_fault(&self) -> bool {
        !matches!(self, Self::Storage(_) | Self::Broken)
    }
}
