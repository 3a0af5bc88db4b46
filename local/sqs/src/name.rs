//! Queue names, and the ARNs and URLs made from them.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use crate::error::SqsError;

const ACCOUNT: &str = "000000000000";
const ARN_PREFIX: &str = "arn:aws:sqs:us-east-1:000000000000:";

/// The name of a standard queue: 1 to 80 letters, digits, hyphens and underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct QueueName(String);

impl QueueName {
    /// The name as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for QueueName {
    type Err = SqsError;

    fn from_str(name: &str) -> Result<Self, SqsError> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !(1..=80).contains(&name.len()) || !name.chars().all(is_allowed) {
            let reason = "Can only include alphanumeric characters, hyphens, or underscores. \
                          1 to 80 in length";
            return Err(SqsError::invalid("QueueName", name, reason));
        }
        Ok(Self(name.to_owned()))
    }
}

impl Borrow<str> for QueueName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The queue's ARN.
pub(crate) fn arn(name: &str) -> String {
    format!("{ARN_PREFIX}{name}")
}

/// The queue named by an SQS ARN of any region and account.
pub(crate) fn from_arn(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    let is_sqs = parts.next() == Some("arn") && parts.nth(1) == Some("sqs");
    let name = parts.nth(2)?;
    (is_sqs && parts.next().is_none() && !name.is_empty()).then_some(name)
}

/// The queue's URL as seen by a client that reached us as `host`.
pub(crate) fn url(host: &str, name: &str) -> String {
    format!("http://{host}/{ACCOUNT}/{name}")
}

/// The queue named by a URL: its last path segment.
pub(crate) fn from_url(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_name_is_invalid_and_one_of_a_fifo_queue_is_bad() {
        for bad in ["", "chunks.fifo", "a b", "a.b", &"x".repeat(81)] {
            let parsed = bad.parse::<QueueName>();
            assert!(
                matches!(parsed, Err(SqsError::InvalidParameterValue { .. })),
                "{bad}"
            );
        }
        assert!("uploads_dead-letter".parse::<QueueName>().is_ok());
    }

    #[test]
    fn an_arn_of_any_region_names_its_queue() {
        assert_eq!(from_arn(&arn("chunks")), Some("chunks"));
        assert_eq!(
            from_arn("arn:aws:sqs:eu-west-1:123456789012:chunks"),
            Some("chunks")
        );
        assert_eq!(from_arn("arn:aws:sns:eu-west-1:123456789012:chunks"), None);
        assert_eq!(from_arn("chunks"), None);
    }

    #[test]
    fn a_url_of_any_host_names_its_queue() {
        assert_eq!(from_url(&url("127.0.0.1:9324", "chunks")), "chunks");
        assert_eq!(from_url("chunks"), "chunks");
    }
}
