//! The doors of this process: each port is served here, with the same checks of who may call and the
//! same limits on how long a client may take.

mod callers;
mod patience;
mod signature;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{from_fn_with_state, map_request, map_response};
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use sluice_lambda::REQUEST_ID;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

pub use callers::AllowedOrigin;
pub(crate) use callers::Callers;
pub(crate) use patience::Patience;
pub(crate) use signature::Signed;

/// How long a page may remember what it may send.
const PREFLIGHT_KEPT: Duration = Duration::from_hours(1);

/// How long a door waits after it could not accept a connection: usually this process has as many
/// files open as it may.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);

/// What one door allows its clients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at the same time; others wait until one is closed.
    pub(crate) connections: usize,
    /// How long a client may take to send a request's headers, from the end of its last request.
    pub(crate) headers: Duration,
    /// How long a client may take to send a request's body.
    pub(crate) body: Patience,
    /// How long a client may take nothing of an answer.
    pub(crate) answer: Duration,
}

impl Limits {
    /// What every port of the local runner allows.
    pub(crate) const LOCAL: Self = Self {
        connections: 512,
        headers: Duration::from_secs(30),
        body: Patience {
            wait: Duration::from_secs(20),
            bytes_per_second: 1_024,
        },
        answer: Duration::from_secs(30),
    };
}

/// Wraps the service of a port for its `callers`. Pages of the allowed origins may read its answers.
pub(crate) fn guarded(router: Router, callers: Callers, limits: Limits) -> Router {
    let mut router = router.layer(map_request(move |request: Request| {
        std::future::ready(request.map(|body| limits.body.with(body)))
    }));
    if !callers.origins().is_empty() {
        router = router.layer(cors(callers.origins()));
    }
    router
        .layer(from_fn_with_state(Arc::new(callers), callers::check))
        .layer(map_response(keep_apart))
}

/// Lets pages of `origins` call, and see the entity tags that they need to complete an upload in
/// parts.
fn cors(origins: &[HeaderValue]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::PUT,
            Method::POST,
            Method::DELETE,
        ])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            header::ETAG,
            header::CONTENT_RANGE,
            header::ACCEPT_RANGES,
            header::RETRY_AFTER,
            header::DATE,
            REQUEST_ID,
        ])
        .max_age(PREFLIGHT_KEPT)
}

/// Tells browsers to believe the type of every answer, and to embed none into pages of other origins.
async fn keep_apart(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

/// Serves a port until the returned future is dropped, which also ends its connections.
pub(crate) fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
) -> impl Future<Output = ()> + Send {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.headers);
    async move {
        let free = Arc::new(Semaphore::new(limits.connections));
        let mut connections = JoinSet::new();
        loop {
            let Ok(place) = Arc::clone(&free).acquire_owned().await else {
                return;
            };
            while connections.try_join_next().is_some() {}
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                    continue;
                }
            };
            let service = TowerToHyperService::new(router.clone());
            let connection = http.serve_connection(TokioIo::new(prompt(stream, limits)), service);
            connections.spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended early");
                }
                drop(place);
            });
        }
    }
}

/// A connection whose answers leave at once, or not at all: without `TCP_NODELAY` each small one
/// would wait for the other side's delayed acknowledgement.
fn prompt(stream: TcpStream, limits: Limits) -> std::pin::Pin<Box<TimeoutStream<TcpStream>>> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was not set");
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.answer));
    Box::pin(stream)
}

#[cfg(test)]
mod tests;
