//! The AWS JSON 1.0 protocol: `POST` with `X-Amz-Target: AmazonSQS.<Operation>`, errors with a
//! `__type` and the header `x-amzn-query-error`, on which the SDKs match.
//! <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>

mod batch;
mod finish;
mod queues;
mod receive;
mod send;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Sqs;
use crate::engine::Engine;
use crate::error::SqsError;

/// The largest request: a body of 1 MiB may be several times longer once it is escaped in JSON.
pub const BODY_BYTES: usize = 8 * 1_048_576;

const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const AMZ_JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

/// Serves `POST` on any path.
pub(crate) fn router(sqs: Sqs) -> Router {
    Router::new()
        .fallback_service(post(handle).with_state(sqs))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

async fn handle(State(sqs): State<Sqs>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let target = text("x-amz-target").unwrap_or_default();
    let host = text(HOST.as_str()).unwrap_or("localhost").to_owned();
    let operation = target
        .strip_prefix("AmazonSQS.")
        .unwrap_or_default()
        .to_owned();
    let call = Call { sqs, host, body };
    match call.dispatch(&operation).await {
        Ok(answer) => respond(StatusCode::OK, &answer),
        Err(error) => refuse(&operation, &error),
    }
}

/// One request.
struct Call {
    sqs: Sqs,
    /// How the client reached us: queue URLs begin with it.
    host: String,
    body: Bytes,
}

impl Call {
    async fn dispatch(self, operation: &str) -> Result<Value, SqsError> {
        match operation {
            "CreateQueue" => self.run(queues::create).await,
            "GetQueueUrl" => self.run(queues::url).await,
            "GetQueueAttributes" => self.run(queues::attributes).await,
            "SetQueueAttributes" => self.run(queues::set_attributes).await,
            "SendMessage" => self.run(send::one).await,
            "SendMessageBatch" => self.run(send::batch).await,
            "ReceiveMessage" => answer(receive::receive(&self.sqs, parse(&self.body)?).await?),
            "DeleteMessage" => self.run(finish::delete).await,
            "DeleteMessageBatch" => self.run(finish::delete_batch).await,
            "ChangeMessageVisibility" => self.run(finish::change_visibility).await,
            "" => Err(SqsError::UnsupportedOperation(
                "this SQS speaks the AWS JSON protocol: send X-Amz-Target: AmazonSQS.<Operation>"
                    .to_owned(),
            )),
            other => Err(SqsError::UnsupportedOperation(format!(
                "{other} is not supported"
            ))),
        }
    }

    /// Runs an operation that does not wait.
    async fn run<Q, A>(self, operation: fn(&mut Context<'_>, Q) -> Result<A, SqsError>) -> Outcome
    where
        Q: DeserializeOwned + Send + 'static,
        A: Serialize + Send + 'static,
    {
        let request = parse(&self.body)?;
        let host = self.host;
        let run = move |engine: &mut Engine, now_ms| {
            operation(
                &mut Context {
                    engine,
                    host: &host,
                    now_ms,
                },
                request,
            )
        };
        answer(self.sqs.with_engine(run).await?)
    }
}

type Outcome = Result<Value, SqsError>;

/// What an operation works with.
struct Context<'a> {
    engine: &'a mut Engine,
    host: &'a str,
    now_ms: i64,
}

fn parse<Q: DeserializeOwned>(body: &[u8]) -> Result<Q, SqsError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(SqsError::Serialization)
}

fn answer(answer: impl Serialize) -> Outcome {
    serde_json::to_value(answer).map_err(SqsError::Serialization)
}

fn respond(status: StatusCode, body: &Value) -> Response {
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, AMZ_JSON)]);
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    (status, headers, body.to_string()).into_response()
}

fn refuse(operation: &str, error: &SqsError) -> Response {
    let (status, fault) = if error.is_senders_fault() {
        tracing::debug!(operation, %error, "request refused");
        (StatusCode::BAD_REQUEST, "Sender")
    } else {
        tracing::error!(
            operation,
            error = error as &dyn std::error::Error,
            "request failed"
        );
        (StatusCode::INTERNAL_SERVER_ERROR, "Receiver")
    };
    let body = json!({
        "__type": format!("com.amazonaws.sqs#{}", error.shape()),
        "message": error.to_string(),
    });
    let mut response = respond(status, &body);
    let code = format!("{};{fault}", error.query_code());
    if let Ok(code) = HeaderValue::from_str(&code) {
        response.headers_mut().insert(QUERY_ERROR, code);
    }
    response
}

/// A parameter that must be there.
fn required<T>(name: &'static str, value: Option<T>) -> Result<T, SqsError> {
    value.ok_or(SqsError::MissingParameter(name))
}

/// A number that must be within its range, if it is there.
fn ranged(
    name: &'static str,
    value: Option<i64>,
    range: std::ops::RangeInclusive<i64>,
) -> Result<Option<i64>, SqsError> {
    match value {
        Some(number) if !range.contains(&number) => {
            let reason = format!(
                "Must be between {} and {}, if provided.",
                range.start(),
                range.end()
            );
            Err(SqsError::invalid(name, &number, reason))
        }
        _ => Ok(value),
    }
}

/// The name of the queue that a request means.
fn queue_name(queue_url: Option<String>) -> Result<String, SqsError> {
    let queue_url = required("QueueUrl", queue_url)?;
    Ok(crate::name::from_url(&queue_url).to_owned())
}
