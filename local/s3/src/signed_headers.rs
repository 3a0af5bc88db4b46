//! Refuses requests that carry more than their signature covers, as S3 does: a presigned URL allows
//! one request, and its holder cannot change what that request does by a header such as
//! `x-amz-copy-source`. The crate `s3s` verifies the headers that are signed and obeys all others.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

use std::collections::BTreeSet;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Passes requests on that sign what they carry.
pub(crate) async fn require(request: Request, next: Next) -> Response {
    match check(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Why a request does not reach the S3.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// It is signed in another way than with Signature Version 4, once.
    Method(&'static str),
    /// These headers are not signed.
    NotSigned(Vec<String>),
}

fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    if is_form(headers) {
        return Err(Refusal::Method("uploads by HTML forms are not supported"));
    }
    let Some(signed) = signed_headers(uri, headers)? else {
        // Not signed at all: the access check refuses it.
        return Ok(());
    };
    if !signed.contains("host") {
        return Err(Refusal::NotSigned(vec!["host".to_owned()]));
    }
    let unsigned: BTreeSet<&str> = headers
        .keys()
        .map(header::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-") && !signed.contains(*name))
        .collect();
    if unsigned.is_empty() {
        return Ok(());
    }
    Err(Refusal::NotSigned(
        unsigned.into_iter().map(str::to_owned).collect(),
    ))
}

/// Whether the body is a form with a policy, which carries its own signature.
fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_TYPE)
        .into_iter()
        .any(|value| {
            let value = value.as_bytes();
            let kind = b"multipart/form-data";
            value.len() >= kind.len() && value[..kind.len()].eq_ignore_ascii_case(kind)
        })
}

/// Returns the names of the signed headers, if the request is signed.
fn signed_headers(uri: &Uri, headers: &HeaderMap) -> Result<Option<BTreeSet<String>>, Refusal> {
    let query = uri.query().unwrap_or_default();
    let has = |name: &str| {
        query
            .split('&')
            .any(|pair| decoded(pair.split('=').next().unwrap_or_default()) == name)
    };
    if ["Signature", "AWSAccessKeyId"].into_iter().any(has) {
        return Err(Refusal::Method("Signature Version 2 is not supported"));
    }
    let mut authorizations = headers.get_all(header::AUTHORIZATION).into_iter();
    let authorization = authorizations.next();
    let is_presigned = query
        .split('&')
        .any(|pair| decoded(pair.split('=').next().unwrap_or_default()).starts_with("X-Amz-S"));
    if authorizations.next().is_some() || (authorization.is_some() && is_presigned) {
        return Err(Refusal::Method(
            "only one authorization is allowed: the header, or the query string",
        ));
    }
    if let Some(authorization) = authorization {
        return in_authorization(authorization).map(Some);
    }
    if !is_presigned {
        return Ok(None);
    }
    let mut found = query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (decoded(name) == "X-Amz-SignedHeaders").then(|| decoded(value))
    });
    let (Some(names), None) = (found.next(), found.next()) else {
        return Err(Refusal::Method(
            "the query string must have X-Amz-SignedHeaders once",
        ));
    };
    Ok(Some(names_of(&names)))
}

fn in_authorization(value: &HeaderValue) -> Result<BTreeSet<String>, Refusal> {
    let rest = value.to_str().ok().and_then(|v| v.strip_prefix(ALGORITHM));
    let rest = rest.ok_or(Refusal::Method("sign with AWS4-HMAC-SHA256"))?;
    let mut found = rest
        .split(',')
        .filter_map(|part| part.trim().strip_prefix("SignedHeaders="));
    let (Some(names), None) = (found.next(), found.next()) else {
        return Err(Refusal::Method(
            "the authorization must have SignedHeaders once",
        ));
    };
    Ok(names_of(names))
}

fn names_of(names: &str) -> BTreeSet<String> {
    names.split(';').map(str::to_ascii_lowercase).collect()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message, more) = match self {
            Self::Method(message) => (
                StatusCode::BAD_REQUEST,
                "InvalidRequest",
                message,
                String::new(),
            ),
            Self::NotSigned(names) => (
                StatusCode::FORBIDDEN,
                "AccessDenied",
                "There were headers present in the request which were not signed",
                // Names of headers have no character that XML would escape.
                format!("<HeadersNotSigned>{}</HeadersNotSigned>", names.join(", ")),
            ),
        };
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
        );
        (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRESIGNED: &str = "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0f";

    fn checked(uri: &str, headers: &[(&'static str, &'static str)]) -> Result<(), Refusal> {
        let uri: Uri = uri.parse().expect("a URI");
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        check(&uri, &map)
    }

    fn not_signed(names: &[&str]) -> Result<(), Refusal> {
        let names = names.iter().copied().map(str::to_owned).collect();
        Err(Refusal::NotSigned(names))
    }

    #[test]
    fn every_amz_header_of_a_presigned_request_must_be_signed() {
        let uri = format!("{PRESIGNED}&X-Amz-SignedHeaders=host%3Bx-amz-meta-owner");
        assert_eq!(checked(&uri, &[("range", "bytes=0-1")]), Ok(()));
        assert_eq!(checked(&uri, &[("x-amz-meta-owner", "me")]), Ok(()));
        for name in [
            "x-amz-copy-source",
            "X-Amz-Tagging",
            "x-amz-checksum-crc32",
            "x-amz-content-sha256",
        ] {
            let name: &'static str = name;
            assert_eq!(
                checked(&uri, &[(name, "v")]),
                not_signed(&[&name.to_lowercase()])
            );
        }
        // The parameter's own name may be written in any way that means it.
        let escaped = "/b/k?X-Amz-Signature=0f&X-Amz-Signed%48eaders=host";
        let refused = checked(escaped, &[("x-amz-acl", "public-read")]);
        assert_eq!(refused, not_signed(&["x-amz-acl"]));
    }

    #[test]
    fn every_amz_header_of_a_signed_request_must_be_signed() {
        let authorization = (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request, \
             SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=0f",
        );
        let date = ("x-amz-date", "20260101T000000Z");
        let digest = ("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        assert_eq!(checked("/b/k", &[authorization, date, digest]), Ok(()));
        let copy = ("x-amz-copy-source", "b/other");
        let acl = ("x-amz-acl", "public-read");
        assert_eq!(
            checked("/b/k", &[authorization, date, copy, acl, digest]),
            not_signed(&["x-amz-acl", "x-amz-copy-source"])
        );
    }

    #[test]
    fn what_is_signed_in_no_way_or_in_two_is_refused_or_left_to_the_access_check() {
        let is_refused = |uri: &str, headers: &[(&'static str, &'static str)]| {
            matches!(checked(uri, headers), Err(Refusal::Method(_)))
        };
        let header = (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=k, SignedHeaders=host, Signature=0f",
        );
        assert_eq!(checked("/b/k", &[("x-amz-acl", "private")]), Ok(()));
        assert_eq!(checked("/b/k", &[header]), Ok(()));
        let twice = format!("{PRESIGNED}&X-Amz-SignedHeaders=host");
        assert!(is_refused(&twice, &[header]));
        assert!(is_refused("/b/k", &[header, header]));
        assert!(is_refused(PRESIGNED, &[]), "which headers are signed?");
        assert!(is_refused(
            &format!("{twice}&X-Amz-SignedHeaders=host%3Bx-amz-acl"),
            &[]
        ));
        assert!(is_refused("/b/k", &[("authorization", "AWS key:sig")]));
        assert!(is_refused("/b/k?AWSAccessKeyId=k&Signature=s", &[]));
        let form = ("content-type", "Multipart/Form-Data; boundary=x");
        assert!(is_refused("/b", &[form]));
        let no_host = format!("{PRESIGNED}&X-Amz-SignedHeaders=range");
        assert_eq!(checked(&no_host, &[]), not_signed(&["host"]));
    }
}
