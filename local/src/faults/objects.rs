//! S3 under bad luck: requests are refused, or executed and not answered.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use super::{Fault, FaultPlan};

/// Puts the faults of a plan before S3.
pub(crate) fn disturbed(s3: Router, plan: Arc<FaultPlan>) -> Router {
    s3.layer(from_fn_with_state(plan, pass))
}

async fn pass(State(plan): State<Arc<FaultPlan>>, request: Request, next: Next) -> Response {
    let operation = format!("S3 {}", request.method());
    match plan.of_s3(&operation) {
        Fault::Throttled => refused(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
        Fault::Internal => refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        Fault::AnswerLost => {
            next.run(request).await;
            // A status of success is an answer in itself, whatever happens to the body after it.
            refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalError")
        }
        _ => next.run(request).await,
    }
}

fn refused(status: StatusCode, code: &str) -> Response {
    let body = format!("<Error><Code>{code}</Code><Message>a fault</Message></Error>");
    (status, [("content-type", "application/xml")], body).into_response()
}
