//! Which rights a request to AWS needs: its action, and the resource that it is about. A request
//! that this does not know is refused, so that a new kind of request has to be told here.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use std::fmt;

use anyhow::{Context, Result};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

mod dynamodb;
mod eventbridge;
mod s3;
mod ses;
mod sqs;

/// A right that a request needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// `s3:GetObject`
    pub action: &'static str,
    /// An ARN.
    pub resource: String,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action, self.resource)
    }
}

/// The services, whose requests differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    DynamoDb,
    EventBridge,
    S3,
    Ses,
    Sqs,
}

impl Service {
    pub(super) fn of(request: &HttpRequest) -> Self {
        match target(request) {
            "" if ses::is_for_ses(request) => Self::Ses,
            "" => Self::S3,
            target if target.starts_with("DynamoDB_") => Self::DynamoDb,
            target if target.starts_with("AWSEvents.") => Self::EventBridge,
            _ => Self::Sqs,
        }
    }

    /// The rights that a request to it needs.
    pub(super) fn needs(self, request: &HttpRequest) -> Result<Vec<Need>> {
        let operation = target(request).rsplit('.').next().unwrap_or_default();
        match self {
            Self::DynamoDb => dynamodb::needs(operation, body(request)?),
            Self::EventBridge => eventbridge::needs(operation, body(request)?),
            Self::Sqs => sqs::needs(operation, body(request)?),
            Self::Ses => ses::needs(request),
            Self::S3 => s3::need(request).map(|need| vec![need]),
        }
    }
}

/// `DynamoDB_20120810.Query`; nothing for S3.
fn target(request: &HttpRequest) -> &str {
    request.headers().get("x-amz-target").unwrap_or_default()
}

fn body(request: &HttpRequest) -> Result<&[u8]> {
    request.body().bytes().context("the body is a stream")
}
