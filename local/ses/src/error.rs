//! What can go wrong, and how AWS names it.

use axum::http::StatusCode;

/// Why a mailbox could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made, or files in it cannot be read.
    #[error("the folder of the mailbox cannot be used")]
    Folder(#[from] std::io::Error),
    /// `SQLite` refused: the file is no database, or another process holds it.
    #[error("the mailbox's database cannot be used")]
    Storage(#[from] rusqlite::Error),
}

/// An error as a client sees it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SesError {
    #[error("{0}")]
    BadRequest(String),
    #[error("{0}")]
    NotFound(String),
    #[error("Email sending is disabled for this account.")]
    SendingPaused,
    #[error("Rate exceeded")]
    TooManyRequests,
    #[error("{0} is not supported by this SES, which does what Sluice calls")]
    Unsupported(String),
    #[error("the mailbox cannot be read or written")]
    Storage(#[from] rusqlite::Error),
    #[error("an e-mail cannot be stored")]
    File(#[from] std::io::Error),
    #[error("an earlier fault left the mailbox in doubt; restart the process")]
    Broken,
    #[error("a fault that a test asked for")]
    Internal,
}

impl SesError {
    /// A request that is refused because of what is in it.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::BadRequest(message.into())
    }

    /// The shape's name, which the SDKs match on.
    pub(crate) fn shape(&self) -> &'static str {
        match self {
            Self::BadRequest(_) | Self::Unsupported(_) => "BadRequestException",
            Self::NotFound(_) => "NotFoundException",
            Self::SendingPaused => "SendingPausedException",
            Self::TooManyRequests => "TooManyRequestsException",
            Self::Storage(_) | Self::File(_) | Self::Broken | Self::Internal => {
                "InternalServiceErrorException"
            }
        }
    }

    /// The HTTP status that AWS gives it.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) | Self::Unsupported(_) | Self::SendingPaused => {
                StatusCode::BAD_REQUEST
            }
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Storage(_) | Self::File(_) | Self::Broken | Self::Internal => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}
