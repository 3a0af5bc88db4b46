//! The HTTP API: routes from the template, tokens checked as API Gateway's JWT authorizer does,
//! requests as payload 2.0 events. Everything else on the origin is the console or S3.

mod console;
mod event;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{Request, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use futures::StreamExt;
use sluice_core::api::{Code, Refusal};
use sluice_lambda::http::respond;

use crate::system::Functions;
use crate::template::{Event, Template};

pub use token::Tokens;

/// API Gateway's largest payload.
const PAYLOAD_BYTES: usize = 10 << 20;

#[derive(Clone)]
struct Route {
    functions: Arc<Functions>,
    tokens: Arc<Tokens>,
    binary: String,
}

/// The routes of the template; for all other paths the console, and S3.
pub(crate) fn router(
    functions: &Arc<Functions>,
    template: &Template,
    tokens: &Arc<Tokens>,
    s3: Router,
) -> Router {
    let mut router = Router::new();
    for function in template.functions.values() {
        for event in &function.events {
            let Event::Http { method, path } = event else {
                continue;
            };
            let Ok(method) = method.parse::<axum::http::Method>() else {
                continue;
            };
            let Ok(filter) = MethodFilter::try_from(method) else {
                continue;
            };
            let route = Route {
                functions: Arc::clone(functions),
                tokens: Arc::clone(tokens),
                binary: function.binary.clone(),
            };
            router = router.route(path, on(filter, call).with_state(route));
        }
    }
    router
        .layer(DefaultBodyLimit::max(PAYLOAD_BYTES))
        .method_not_allowed_fallback(no_route)
        .fallback_service(s3.layer(from_fn(not_for_s3)).layer(from_fn(console::serve)))
}

/// Callers of the API have a bearer token, which S3 has no use for.
async fn not_for_s3(request: Request<Body>, next: Next) -> Response {
    let authorization = request.headers().get(AUTHORIZATION);
    if authorization.is_some_and(|value| value.as_bytes().starts_with(b"Bearer ")) {
        return no_route().await;
    }
    next.run(request).await
}

async fn no_route() -> Response {
    refuse(Refusal::new(Code::NotFound, "there is no such route"))
}

/// A body that is not too large for API Gateway. One that is too large is read to its end all the
/// same: a client that is still sending does not hear the answer.
async fn whole(body: Body) -> Option<Vec<u8>> {
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut total = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece.ok()?;
        total += piece.len();
        if total <= PAYLOAD_BYTES {
            bytes.extend_from_slice(&piece);
        }
    }
    (total <= PAYLOAD_BYTES).then_some(bytes)
}

async fn call(State(route): State<Route>, request: Request<Body>) -> Response {
    let claims = match route.tokens.check(request.headers()) {
        Ok(claims) => claims,
        Err(refusal) => return refuse(refusal),
    };
    let (parts, body) = request.into_parts();
    let Some(body) = whole(body).await else {
        let msg = format!("the request has more than {PAYLOAD_BYTES} bytes");
        return refuse(Refusal::new(Code::TooLarge, msg));
    };
    let answer = async {
        let request = event::request(&parts, &body, &claims);
        let answer = route.functions.invoke(&route.binary, request).await?;
        event::response(serde_json::from_value(answer)?)
    };
    answer.await.unwrap_or_else(|error| {
        tracing::error!(
            error = format!("{error:#}"),
            function = route.binary,
            "a call failed"
        );
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}

fn refuse(refusal: Refusal) -> Response {
    event::response(respond::<()>(Err(refusal)))
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
