//! Keeps what is stored in the bucket from acting as a page of the console, with which the bucket
//! shares its origin: anybody who may upload may upload HTML.

use axum::extract::Request;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;

/// Nothing of an object runs, loads or sends, and it has an origin of its own.
/// <https://www.w3.org/TR/CSP3/#directive-sandbox>
const POLICY: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Contains the answers of the S3 behind it.
pub(super) async fn contain(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let query = request.uri().query().unwrap_or_default();
    let is_presigned_otherwise = query
        .split('&')
        .any(|pair| pair.starts_with("response-content-disposition="));
    let mut response = next.run(request).await;
    let is_object = is_read && response.status().is_success();
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    // An address that was presigned is a secret.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if is_object && !is_presigned_otherwise {
        // Browsers save the object.
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    response
}
