//! The REST-JSON protocol: a path for each operation, and errors named in the header `x-amzn-errortype`.
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Ses;
use crate::error::SesError;
use crate::faults::Fault;
use crate::message;
use crate::request::{PutSuppressed, SendBulkEmail};
use crate::store::Suppressed;

/// The largest request.
pub const BODY_BYTES: usize = 10 << 20;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Addresses on one page of the suppression list.
const PAGE: usize = 100;

type Outcome = Result<Value, SesError>;

/// Serves SES's operations. All are under `/v2`.
pub(crate) fn router(ses: Ses) -> Router {
    let addresses = "/v2/email/suppression/addresses";
    Router::new()
        .route("/v2/email/outbound-bulk-emails", post(send_bulk_email))
        .route("/v2/email/account", get(account))
        .route(addresses, get(list_suppressed).put(put_suppressed))
        .route(
            &format!("{addresses}/{{address}}"),
            get(get_suppressed).delete(delete_suppressed),
        )
        .route("/v2/{*rest}", any(unsupported))
        .method_not_allowed_fallback(unsupported)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(ses)
}

async fn send_bulk_email(State(ses): State<Ses>, body: Bytes) -> Response {
    faulty(&ses.clone(), "SendBulkEmail", &body.clone(), async |half| {
        let request: SendBulkEmail = read(&body)?;
        let results = ses
            .blocking(move |ses| ses.send_bulk(&request, half))
            .await?;
        Ok(json!({ "BulkEmailEntryResults": results }))
    })
    .await
}

async fn account(State(ses): State<Ses>) -> Response {
    faulty(&ses.clone(), "GetAccount", b"", async |_| {
        ses.blocking(|ses| {
            let sent = ses.store().sent_in_24_hours(Timestamp::now());
            let account = ses.account();
            let has_left_the_sandbox = account.quota.max_24_hours > 200;
            Ok(json!({
                "DedicatedIpAutoWarmupEnabled": false,
                "EnforcementStatus": "HEALTHY",
                "ProductionAccessEnabled": has_left_the_sandbox,
                "SendQuota": {
                    "Max24HourSend": account.quota.max_24_hours as f64,
                    "MaxSendRate": f64::from(account.quota.max_per_second),
                    "SentLast24Hours": sent as f64,
                },
                "SendingEnabled": account.is_sending_enabled,
                "SuppressionAttributes": { "SuppressedReasons": ["BOUNCE", "COMPLAINT"] },
            }))
        })
        .await
    })
    .await
}

async fn put_suppressed(State(ses): State<Ses>, body: Bytes) -> Response {
    faulty(
        &ses.clone(),
        "PutSuppressedDestination",
        &body.clone(),
        async |_| {
            let request: PutSuppressed = read(&body)?;
            if !matches!(request.reason.as_str(), "BOUNCE" | "COMPLAINT") {
                return Err(SesError::bad("Reason must be BOUNCE or COMPLAINT."));
            }
            message::mailbox(&request.email_address).map_err(SesError::BadRequest)?;
            let entry = Suppressed {
                address: request.email_address.to_lowercase(),
                reason: request.reason,
                updated_ms: Timestamp::now().as_millisecond(),
            };
            ses.blocking(move |ses| Ok(ses.store().suppress(&entry)?))
                .await?;
            Ok(json!({}))
        },
    )
    .await
}

async fn get_suppressed(State(ses): State<Ses>, Path(address): Path<String>) -> Response {
    faulty(&ses.clone(), "GetSuppressedDestination", b"", async |_| {
        let wanted = address.to_lowercase();
        let found = ses.blocking(move |ses| Ok(ses.store().suppressed(&wanted)?));
        let found = found.await?.ok_or_else(|| not_listed(&address))?;
        Ok(json!({ "SuppressedDestination": shown(&found) }))
    })
    .await
}

async fn delete_suppressed(State(ses): State<Ses>, Path(address): Path<String>) -> Response {
    faulty(
        &ses.clone(),
        "DeleteSuppressedDestination",
        b"",
        async |_| {
            let wanted = address.to_lowercase();
            let released = ses.blocking(move |ses| Ok(ses.store().release(&wanted)?));
            if released.await? {
                Ok(json!({}))
            } else {
                Err(not_listed(&address))
            }
        },
    )
    .await
}

async fn list_suppressed(State(ses): State<Ses>, RawQuery(query): RawQuery) -> Response {
    faulty(
        &ses.clone(),
        "ListSuppressedDestinations",
        b"",
        async |_| {
            let query = query.unwrap_or_default();
            let after = parameter(&query, "NextToken").unwrap_or_default();
            let size = parameter(&query, "PageSize").and_then(|size| size.parse().ok());
            let size = size.unwrap_or(PAGE).clamp(1, 1_000);
            let page = ses.blocking(move |ses| Ok(ses.store().suppressed_after(&after, size)?));
            let page = page.await?;
            let shown: Vec<Value> = page.iter().map(shown).collect();
            let mut answer = json!({ "SuppressedDestinationSummaries": shown });
            if let Some(last) = page.last().filter(|_| page.len() == size) {
                answer["NextToken"] = json!(last.address);
            }
            Ok(answer)
        },
    )
    .await
}

async fn unsupported(request: axum::extract::Request) -> Response {
    let operation = format!("{} {}", request.method(), request.uri().path());
    respond(Err(SesError::Unsupported(operation)))
}

/// Runs an operation as the tests' rule says. `run` is told whether every second recipient is throttled.
async fn faulty(
    ses: &Ses,
    operation: &'static str,
    body: &[u8],
    run: impl AsyncFnOnce(bool) -> Outcome,
) -> Response {
    match ses.shared.faults.of_request(operation, body) {
        Fault::None => respond(run(false).await),
        Fault::HalfThrottled => respond(run(true).await),
        Fault::Throttled => respond(Err(SesError::TooManyRequests)),
        Fault::Internal => respond(Err(SesError::Internal)),
        Fault::Silence => std::future::pending().await,
        Fault::SilenceAfter => {
            let _ = run(false).await;
            std::future::pending().await
        }
        Fault::AnswerLost => {
            let _ = run(false).await;
            lost()
        }
    }
}

/// A connection that closes within the answer.
fn lost() -> Response {
    let closed: std::io::Result<Bytes> = Err(std::io::ErrorKind::ConnectionReset.into());
    Body::from_stream(futures::stream::iter([closed])).into_response()
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, SesError> {
    serde_json::from_slice(body).map_err(|error| SesError::bad(error.to_string()))
}

fn respond(outcome: Outcome) -> Response {
    let mut response = match outcome {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => {
            if error.status() == StatusCode::INTERNAL_SERVER_ERROR {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "a request to SES failed");
            }
            let mut response = Json(json!({ "message": error.to_string() })).into_response();
            *response.status_mut() = error.status();
            let shape = HeaderValue::from_static(error.shape());
            response.headers_mut().insert(ERROR_TYPE, shape);
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

fn not_listed(address: &str) -> SesError {
    SesError::NotFound(format!(
        "Email address {address} does not exist on your suppression list."
    ))
}

fn shown(entry: &Suppressed) -> Value {
    json!({
        "EmailAddress": entry.address,
        "Reason": entry.reason,
        "LastUpdateTime": entry.updated_ms as f64 / 1_000.0,
    })
}

/// The value of a query's parameter.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut found = pairs.filter(|(key, _)| *key == name);
    let (_, value) = found.next()?;
    let value = value.replace('+', " ");
    Some(percent_decode_str(&value).decode_utf8_lossy().into_owned())
}
