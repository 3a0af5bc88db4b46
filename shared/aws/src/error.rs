//! One error for every SDK call: what failed, whether a retry can help, and the SDK's own chain.

use std::error::Error;
use std::fmt::Write as _;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use sluice_basics::ids::TaskRef;

/// A call to AWS that failed after the SDK's own retries.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed{}", .code.as_deref().map(|code| format!(" with {code}")).unwrap_or_default())]
pub struct AwsError {
    operation: &'static str,
    code: Option<String>,
    is_passing: bool,
    is_unreadable: bool,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
struct BrokenBody(#[source] Box<dyn Error + Send + Sync>);

/// Codes after which the same call may succeed a moment later.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>
const PASSING: [&str; 19] = [
    "BandwidthLimitExceeded",
    "ConditionalRequestConflict",
    "InternalServerError",
    "InternalError",
    "InternalFailure",
    "ItemCollectionSizeLimitExceededException",
    "KmsThrottled",
    "LimitExceededException",
    "OperationAborted",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
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
            // Without a code the service did not answer, unless it was never asked.
            is_passing: match source.code() {
                Some(code) => is_passing(code),
                None => !matches!(source, SdkError::ConstructionFailure(_)),
            },
            is_unreadable: false,
            source: Box::new(source),
        }
    }

    /// A failure that the SDK does not report as an error of its own, and that would be the same
    /// the next time.
    pub fn new(operation: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            operation,
            code: None,
            is_passing: false,
            is_unreadable: false,
            source: source.into(),
        }
    }

    /// An answer whose body could not be read to its end, which the SDK does not ask for again.
    pub(crate) fn broken_body(
        operation: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::passing(operation, BrokenBody(source.into()))
    }

    pub(crate) fn is_broken_body(&self) -> bool {
        self.source.is::<BrokenBody>()
    }

    /// The same of a failure that may pass.
    pub fn passing(
        operation: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            is_passing: true,
            ..Self::new(operation, source)
        }
    }

    /// A part of a call that the service answered with an error of its own.
    pub(crate) fn answered(
        operation: &'static str,
        code: &str,
        is_passing: bool,
        message: String,
    ) -> Self {
        Self {
            code: Some(code.to_owned()),
            is_passing,
            ..Self::new(operation, message)
        }
    }

    /// The same error with what it was about between it and its cause.
    pub(crate) fn because<E: Error + Send + Sync + 'static>(
        self,
        of: impl FnOnce(Box<dyn Error + Send + Sync>) -> E,
    ) -> Self {
        Self {
            source: Box::new(of(self.source)),
            ..self
        }
    }

    /// A task whose record is stored and cannot be read. It names the record and nothing that is
    /// in it, so that it can be logged.
    pub fn unreadable(task: &TaskRef) -> Self {
        Self {
            is_unreadable: true,
            ..Self::new(
                "reading a record",
                format!("the record of task {task} cannot be read"),
            )
        }
    }

    /// Whether a record is stored and cannot be read, now or later.
    pub fn is_unreadable(&self) -> bool {
        self.is_unreadable
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
        !self.is_unreadable && self.is_passing
    }
}

/// Whether a call that was answered with this code may succeed later.
pub(crate) fn is_passing(code: &str) -> bool {
    PASSING.contains(&code)
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

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

    use super::*;

    type Failed = SdkError<UpdateItemError, ()>;

    #[test]
    fn a_retry_can_help_when_the_service_says_so_or_did_not_answer() {
        let answered = |code: &str| {
            let meta = aws_sdk_dynamodb::error::ErrorMetadata::builder().code(code);
            let error = UpdateItemError::generic(meta.build());
            AwsError::of("UpdateItem")(Failed::service_error(error, ()))
        };
        for code in [
            "ThrottlingException",
            "SlowDown",
            "RequestThrottled",
            "InternalError",
        ] {
            assert!(answered(code).is_passing(), "{code}");
        }
        for code in ["ValidationException", "AccessDenied", "NoSuchBucket"] {
            assert!(!answered(code).is_passing(), "{code}");
        }
        let silence = Failed::timeout_error("silence");
        assert!(AwsError::of("UpdateItem")(silence).is_passing());
        let unsent = Failed::construction_failure("no table");
        assert!(!AwsError::of("UpdateItem")(unsent).is_passing());
        assert!(!AwsError::new("PutObject", "this is no JSON").is_passing());
    }
}
