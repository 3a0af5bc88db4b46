//! The services that a faulty road can lead to, and how each says that something is wrong.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Fault;
use crate::urls::Urls;

/// A service that answers requests in AWS's JSON protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// DynamoDB.
    DynamoDb,
    /// SQS.
    Sqs,
}

impl Service {
    /// Where the service of a system is.
    pub(super) fn url(self, urls: &Urls) -> &str {
        match self {
            Self::DynamoDb => &urls.dynamodb,
            Self::Sqs => &urls.sqs,
        }
    }

    /// The name that its requests are signed with.
    pub(super) fn signing_name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
        }
    }

    /// Returns how the service refuses a request with this body, if the fault is a refusal.
    pub(super) fn refusal(self, fault: Fault, body: &[u8]) -> Option<Response> {
        let (status, name, more) = match fault {
            Fault::Throttled => (400, self.throttling(), json!({})),
            Fault::Refused => (400, "ValidationException", json!({})),
            Fault::Denied => (400, "AccessDeniedException", json!({})),
            Fault::Internal => (500, "InternalServerError", json!({})),
            Fault::Conflict => {
                let request: Value = serde_json::from_slice(body).unwrap_or_default();
                let items = request["TransactItems"].as_array().map_or(1, Vec::len);
                let reasons = vec![json!({ "Code": "TransactionConflict" }); items];
                let more = json!({ "CancellationReasons": reasons });
                (400, "TransactionCanceledException", more)
            }
            _ => return None,
        };
        Some(self.error(status, name, more))
    }

    fn throttling(self) -> &'static str {
        match self {
            Self::DynamoDb => "ThrottlingException",
            Self::Sqs => "RequestThrottled",
        }
    }

    /// An error as the service answers it.
    fn error(self, status: u16, name: &str, mut body: Value) -> Response {
        let namespace = match self {
            Self::DynamoDb => "com.amazonaws.dynamodb.v20120810",
            Self::Sqs => "com.amazonaws.sqs",
        };
        body["__type"] = format!("{namespace}#{name}").into();
        body["message"] = "a fault of the road".into();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = [("content-type", "application/x-amz-json-1.0")];
        (status, content_type, body.to_string()).into_response()
    }
}
