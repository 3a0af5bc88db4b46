//! One error for every SDK call: what failed, whether a retry can help, and the SDK's own chain.

use std::error::Error;
use std::fmt::Write as _;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A call to AWS that failed after the SDK's own retries.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed{}", .code.as_deref().map(|code| format!(" with {code}")).unwrap_or_default())]
pub struct AwsError {
    operation: &'static str,
    code: Option<String>,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

/// Codes after which the same call may succeed a moment later.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
const PASSING: [&str; 10] = [
    "InternalServerError",
    "InternalError",
    "ItemCollectionSizeLimitExceededException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Codes by which a service says that it is what was sent that it cannot take. Others that do not
/// pass, such as a right or a table that is missing, would be the same for any rows.
const OF_THE_CONTENT: [&str; 2] = ["SerializationException", "ValidationException"];

impl AwsError {
    /// Wraps the SDK's error of one operation: `.map_err(AwsError::of("PutItem"))`.
    pub fn of<E, R>(operation: &'static str) -> impl FnOnce(SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        move |source| Self {
            operation,
            code: source.code().map(str::to_owned),
            source: Box::new(source),
        }
    }

    /// A failure that the SDK does not report as an error of its own.
    pub fn new(operation: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            operation,
            code: None,
            source: source.into(),
        }
    }

    /// The service's error code, if the service answered at all.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether the service refused what was sent, so that a call with other content may succeed.
    pub fn is_of_the_content(&self) -> bool {
        self.code()
            .is_some_and(|code| OF_THE_CONTENT.contains(&code))
    }

    /// Whether the same call may succeed later: the service said so, or never answered.
    pub fn is_passing(&self) -> bool {
        self.code().is_none_or(|code| PASSING.contains(&code))
    }
}

/// An error with all its causes in one line, for a log.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
