//! The conditions that Sluice sets: `If-Match` to read the object it knows, and `If-None-Match: *` to
//! create one. [`Access`](crate::service::Access) refuses the others.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use s3s::S3ErrorCode;
use s3s::dto::{ETag, ETagCondition};

use crate::error::Error;

/// Refuses a read unless the object's tag is the one that the client names.
pub(crate) fn must_match(condition: Option<&ETagCondition>, etag: &str) -> Result<(), Error> {
    match condition {
        None | Some(ETagCondition::Any) => Ok(()),
        Some(ETagCondition::ETag(ETag::Strong(expected) | ETag::Weak(expected))) => {
            if expected == etag {
                Ok(())
            } else {
                Err(precondition_failed())
            }
        }
    }
}

/// Whether a write must find its key free. As on AWS, `If-None-Match` takes no tag.
pub(crate) fn must_create(if_none_match: Option<&ETagCondition>) -> Result<bool, Error> {
    match if_none_match {
        None => Ok(false),
        Some(ETagCondition::Any) => Ok(true),
        Some(ETagCondition::ETag(_)) => Err(Error::refused(
            S3ErrorCode::NotImplemented,
            "If-None-Match of a write takes only *",
        )),
    }
}

/// The refusal of a request whose condition does not hold.
pub(crate) fn precondition_failed() -> Error {
    Error::refused(
        S3ErrorCode::PreconditionFailed,
        "at least one of the conditions of the request does not hold",
    )
}
