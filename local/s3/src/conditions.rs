//! The conditions a request can set: `If-Match` and its relatives, for reads and for writes.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use s3s::S3ErrorCode;
use s3s::dto::{ETag, ETagCondition, Timestamp};

use crate::error::Error;

/// What must hold of the object that a read finds.
#[derive(Debug, Default)]
#[expect(clippy::struct_field_names, reason = "they are named as the headers")]
pub(crate) struct ReadConditions {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
    pub(crate) if_modified_since: Option<Timestamp>,
    pub(crate) if_unmodified_since: Option<Timestamp>,
}

/// What a read with conditions gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Send,
    NotModified,
    Failed,
}

impl ReadConditions {
    /// Judges an object; a condition on the tag outweighs the one on the date (RFC 9110, 13.2.2).
    pub(crate) fn judge(&self, etag: &str, modified: SystemTime) -> Verdict {
        let modified = Timestamp::from(whole_seconds(modified));
        let still_the_one = match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) => matches(condition, etag),
            (None, Some(since)) => modified <= *since,
            (None, None) => true,
        };
        if !still_the_one {
            return Verdict::Failed;
        }
        let known_to_client = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => matches(condition, etag),
            (None, Some(since)) => modified <= *since,
            (None, None) => false,
        };
        if known_to_client {
            Verdict::NotModified
        } else {
            Verdict::Send
        }
    }
}

/// What must hold of the object that a write replaces.
#[derive(Debug, Default)]
pub(crate) struct WriteConditions {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
}

impl WriteConditions {
    /// Refuses the write unless `current`, the tag of the object that is there, fits.
    pub(crate) fn check(&self, current: Option<&str>) -> Result<(), Error> {
        if let Some(condition) = &self.if_match {
            let Some(etag) = current else {
                return Err(Error::refused(
                    S3ErrorCode::NoSuchKey,
                    "no object has this key",
                ));
            };
            if !matches(condition, etag) {
                return Err(precondition_failed());
            }
        }
        if let (Some(condition), Some(etag)) = (&self.if_none_match, current)
            && matches(condition, etag)
        {
            return Err(precondition_failed());
        }
        Ok(())
    }
}

/// The refusal of a request whose condition does not hold.
pub(crate) fn precondition_failed() -> Error {
    Error::refused(
        S3ErrorCode::PreconditionFailed,
        "at least one of the conditions of the request does not hold",
    )
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(ETag::Strong(expected) | ETag::Weak(expected)) => expected == etag,
    }
}

/// HTTP dates have whole seconds, so an object is as old as its second.
fn whole_seconds(time: SystemTime) -> SystemTime {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since_epoch.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(value: &str) -> ETagCondition {
        ETagCondition::ETag(ETag::Strong(value.to_owned()))
    }

    #[test]
    fn an_object_modified_within_the_clients_second_is_not_modified() {
        let client_has = UNIX_EPOCH + Duration::from_secs(100);
        let conditions = ReadConditions {
            if_modified_since: Some(client_has.into()),
            ..ReadConditions::default()
        };
        let within = client_has + Duration::from_millis(900);
        assert_eq!(conditions.judge("a", within), Verdict::NotModified);
        let later = client_has + Duration::from_secs(1);
        assert_eq!(conditions.judge("a", later), Verdict::Send);
    }

    #[test]
    fn a_matching_tag_outweighs_a_date_that_does_not_fit() {
        let conditions = ReadConditions {
            if_match: Some(tag("a")),
            if_unmodified_since: Some(UNIX_EPOCH.into()),
            ..ReadConditions::default()
        };
        let now = UNIX_EPOCH + Duration::from_secs(100);
        assert_eq!(conditions.judge("a", now), Verdict::Send);
        assert_eq!(conditions.judge("b", now), Verdict::Failed);
    }

    #[test]
    fn a_write_that_must_create_is_refused_when_the_key_is_taken() {
        let create = WriteConditions {
            if_none_match: Some(ETagCondition::Any),
            ..WriteConditions::default()
        };
        assert!(create.check(None).is_ok());
        assert!(create.check(Some("a")).is_err());
    }
}
