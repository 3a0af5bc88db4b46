//! The HTTP API: routes from the template, tokens checked as API Gateway's JWT authorizer does,
//! requests as payload 2.0 events. Everything else on the origin is the console or S3.

mod console;
mod event;
mod sandbox;
mod token;

use std::sync::Arc;

use anyhow::ensure;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, Request, StatusCode};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use futures::StreamExt;
use sluice_api::{Code, Refusal};
use sluice_lambda::REQUEST_ID;
use sluice_lambda::http::respond;

use crate::functions::Functions;
use crate::template::{Event, Template};

pub use token::Tokens;

/// API Gateway's largest payload.
const PAYLOAD_BYTES: usize = 10 << 20;
/// Of a larger one this much is read before the connection is closed.
const READ_BYTES: usize = 10 * PAYLOAD_BYTES;
/// Lambda's largest request and largest answer, as JSON: the body is in it, as a JSON string or in
/// base64. <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LAMBDA_BYTES: usize = 6 << 20;

#[derive(Clone)]
struct Route {
    functions: Arc<Functions>,
    /// None if the route asks for no token.
    tokens: Option<Arc<Tokens>>,
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
            let Event::Http {
                method,
                path,
                is_open,
            } = event
            else {
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
                tokens: (!is_open).then(|| Arc::clone(tokens)),
                binary: function.binary.clone(),
            };
            router = router.route(path, on(filter, call).with_state(route));
        }
    }
    router
        .layer(map_response(name_request))
        .layer(DefaultBodyLimit::max(PAYLOAD_BYTES))
        .method_not_allowed_fallback(no_route)
        .fallback_service(
            s3.layer(from_fn(sandbox::contain))
                .layer(from_fn(not_for_s3))
                .layer(from_fn(console::serve)),
        )
}

/// Gives an answer that no function made an id too. On AWS, API Gateway calls it `apigw-requestid`.
async fn name_request(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if !headers.contains_key(REQUEST_ID) {
        let id = format!("{:032x}", rand::random::<u128>());
        headers.extend(id.parse().ok().map(|id: HeaderValue| (REQUEST_ID, id)));
    }
    response
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

/// Reads a body that is not too large for API Gateway. One that is too large is read on for a while
/// all the same: a client that is still sending does not hear the answer.
async fn whole(body: Body) -> Result<Vec<u8>, Refusal> {
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut total = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| {
            tracing::debug!(%error, "a body broke off");
            let msg = "the request's body broke off or came too slowly: send it again";
            Refusal::new(Code::BadInput, msg)
        })?;
        total += piece.len();
        if total > PAYLOAD_BYTES {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&piece);
        }
        if total > READ_BYTES {
            break;
        }
    }
    if total <= PAYLOAD_BYTES {
        return Ok(bytes);
    }
    let msg = format!("the request has more than {PAYLOAD_BYTES} bytes");
    Err(Refusal::new(Code::TooLarge, msg))
}

async fn call(State(route): State<Route>, request: Request<Body>) -> Response {
    let claims = match &route.tokens {
        None => None,
        Some(tokens) => match tokens.check(request.headers()) {
            Ok(claims) => Some(claims),
            Err(refusal) => return refuse(refusal),
        },
    };
    let (parts, body) = request.into_parts();
    let body = match whole(body).await {
        Ok(body) => body,
        Err(refusal) => return refuse(refusal),
    };
    let request = event::request(&parts, &body, claims.as_ref());
    let bytes = event::json_bytes(&request);
    if bytes > LAMBDA_BYTES {
        let msg = format!(
            "the request has {bytes} bytes as Lambda counts them, with its body as JSON or in \
             base64, and at most {LAMBDA_BYTES} are taken: send a file with an upload ticket, and \
             put other data into an object and name that"
        );
        return refuse(Refusal::new(Code::TooLarge, msg));
    }
    let answer = async {
        let answer = route.functions.invoke(&route.binary, request).await?;
        // API Gateway answers 500 in its own words to what Lambda does not return.
        let bytes = event::json_bytes(&answer);
        ensure!(
            bytes <= LAMBDA_BYTES,
            "the answer has {bytes} bytes, and Lambda returns at most {LAMBDA_BYTES}"
        );
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
