//! Signs requests that the SDK does not make.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use axum::http::{HeaderMap, Request};

use crate::service::{ACCESS_KEY, SECRET_KEY};

/// A URL that is good for a minute, whatever the body.
pub fn presign(method: &str, url: &str) -> String {
    let mut settings = settings();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_mins(1));
    let signed = signed(method, url, &[], SignableBody::UnsignedPayload, settings);
    signed.uri().to_string()
}

/// The headers of a request whose body is described by a word, such as
/// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`.
pub fn headers(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> HeaderMap {
    let mut settings = settings();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let body = SignableBody::Precomputed(body.to_owned());
    signed(method, url, headers, body, settings)
        .headers()
        .clone()
}

/// As the SDK signs for S3: keys are encoded once and never normalised.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

fn signed(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: SignableBody<'_>,
    settings: SigningSettings,
) -> Request<()> {
    let identity = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("s3")
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .unwrap();
    let request = SignableRequest::new(method, url, headers.iter().copied(), body).unwrap();
    let (instructions, _) = sign(request, &params.into()).unwrap().into_parts();
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(()).unwrap();
    instructions.apply_to_request_http1x(&mut request);
    request
}
