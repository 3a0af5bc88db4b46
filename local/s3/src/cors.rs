//! Lets web pages of the allowed origins call the S3: answers preflight requests, and shows a page
//! the entity tags that it needs to complete a multipart upload.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html>

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

const METHODS: &str = "GET, HEAD, PUT, POST, DELETE";
const EXPOSED: &str = "ETag, Content-Range, Accept-Ranges, Location, x-amz-request-id, \
    x-amz-checksum-crc32, x-amz-checksum-crc32c, x-amz-checksum-crc64nvme, \
    x-amz-checksum-sha1, x-amz-checksum-sha256, x-amz-checksum-type";
const PREFLIGHT_KEPT_SECONDS: &str = "3600";

/// Wraps `router` for pages of `origins`, among which `*` means any.
pub(crate) fn allow(router: Router, origins: Vec<String>) -> Router {
    router.layer(middleware::from_fn_with_state(Arc::new(origins), answer))
}

async fn answer(State(origins): State<Arc<Vec<String>>>, request: Request, next: Next) -> Response {
    let allowed = allowed_origin(&origins, request.headers());
    let is_preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight {
        preflight(request.headers(), allowed.is_some())
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        insert(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    response
}

/// The value of `Origin`, if pages from there may call.
fn allowed_origin(origins: &[String], headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let allowed = origins
        .iter()
        .any(|o| o == "*" || o.as_bytes() == origin.as_bytes());
    allowed.then(|| origin.clone())
}

fn preflight(request: &HeaderMap, allowed: bool) -> Response {
    if !allowed {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    insert(headers, header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    insert(
        headers,
        header::ACCESS_CONTROL_MAX_AGE,
        PREFLIGHT_KEPT_SECONDS,
    );
    if let Some(wanted) = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    response
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
