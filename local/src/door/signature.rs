//! Signature Version 4, as DynamoDB and SQS check it: the embedded ones do not. (The embedded S3
//! does, with presigned URLs.) A request is right if signing it once more gives the same signature.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use crate::keys::Keys;

/// How far a request's date may be from the time that it comes.
const SKEW: Duration = Duration::from_mins(15);

/// The header with the date.
const DATE: &str = "x-amz-date";

/// How `DATE` is written.
const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// What the requests to a service must be signed with.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) keys: Keys,
    /// The service's name in signatures.
    pub(crate) service: &'static str,
    /// The largest body that it takes.
    pub(crate) body_bytes: usize,
}

/// Why a request is not signed by whom it should be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Wrong {
    #[error("Request is missing Authentication Token")]
    Missing,
    #[error("The authorization header is incomplete: sign with AWS4-HMAC-SHA256")]
    Incomplete,
    #[error("The security token included in the request is invalid.")]
    Key,
    #[error("The request's date is too far from now, or not that of its signature")]
    Date,
    #[error("There were headers present in the request which were not signed: {0}")]
    NotSigned(String),
    #[error(
        "The request signature we calculated does not match the signature you provided. Use the \
         access keys that `sluice` prints for this data folder."
    )]
    Signature,
}

impl Wrong {
    /// The error's name, as the SDKs know it.
    fn name(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete => "IncompleteSignatureException",
            Self::Key => "UnrecognizedClientException",
            Self::Date | Self::NotSigned(_) | Self::Signature => "InvalidSignatureException",
        }
    }
}

impl Signed {
    /// Passes on what is signed.
    pub(crate) async fn check(State(this): State<Self>, request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        // Before the body is taken in: a stranger cannot make this process hold much.
        let claim = match this.claim(&parts.headers) {
            Ok(claim) => claim,
            Err(wrong) => return wrong.into_response(),
        };
        let Ok(body) = to_bytes(body, this.body_bytes).await else {
            let message = "the request's body is too large, broke off or came too slowly\n";
            return (StatusCode::BAD_REQUEST, message).into_response();
        };
        match this.verify(&claim, &parts, &body) {
            Ok(()) => next.run(Request::from_parts(parts, Body::from(body))).await,
            Err(wrong) => wrong.into_response(),
        }
    }

    /// Reads who says to have signed a request, what and when.
    fn claim<'a>(&self, headers: &'a HeaderMap) -> Result<Claim<'a>, Wrong> {
        let mut authorizations = headers.get_all(header::AUTHORIZATION).into_iter();
        let authorization = match (authorizations.next(), authorizations.next()) {
            (Some(one), None) => one.to_str().map_err(|_| Wrong::Incomplete)?,
            (Some(_), Some(_)) => return Err(Wrong::Incomplete),
            _ => return Err(Wrong::Missing),
        };
        let authorization = Authorization::parse(authorization).ok_or(Wrong::Incomplete)?;
        let [key, day, region, service, "aws4_request"] = authorization.credential[..] else {
            return Err(Wrong::Incomplete);
        };
        if key != self.keys.access_key() || service != self.service {
            return Err(Wrong::Key);
        }
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date
            .filter(|date| date.starts_with(day))
            .ok_or(Wrong::Date)?;
        let time = time_of(date).ok_or(Wrong::Date)?;
        if Timestamp::now().duration_since(time).unsigned_abs() > SKEW {
            return Err(Wrong::Date);
        }
        authorization.covers(headers)?;
        Ok(Claim {
            authorization,
            region,
            time,
        })
    }

    fn verify(&self, claim: &Claim<'_>, parts: &Parts, body: &Bytes) -> Result<(), Wrong> {
        let Claim {
            authorization,
            region,
            time,
        } = claim;
        let signed: Vec<_> = parts
            .headers
            .iter()
            .filter(|(name, _)| {
                name.as_str() != DATE && authorization.signed_headers.contains(name.as_str())
            })
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let (method, url) = (
            parts.method.as_str(),
            format!("http://localhost{}", parts.uri),
        );
        let request =
            SignableRequest::new(method, url, signed.into_iter(), SignableBody::Bytes(body))
                .map_err(|_| Wrong::Incomplete)?;
        let expected = self
            .keys
            .sign(request, region, self.service, (*time).into());
        let expected = expected.ok_or(Wrong::Incomplete)?;
        let is_right = expected
            .as_bytes()
            .ct_eq(authorization.signature.as_bytes());
        if bool::from(is_right) {
            Ok(())
        } else {
            Err(Wrong::Signature)
        }
    }
}

impl Keys {
    /// Returns the signature of a request as it stands, with the headers that it has.
    fn sign(
        &self,
        request: SignableRequest<'_>,
        region: &str,
        service: &str,
        time: SystemTime,
    ) -> Option<String> {
        let mut settings = SigningSettings::default();
        settings.excluded_headers = None;
        let identity = Credentials::from(self).into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(time)
            .settings(settings)
            .build()
            .ok()?;
        let (_, signature) = sign(request, &params.into()).ok()?.into_parts();
        Some(signature)
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let answer = json!({
            "__type": format!("com.amazon.coral.service#{}", self.name()),
            "message": self.to_string(),
        });
        let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
        (StatusCode::FORBIDDEN, kind, answer.to_string()).into_response()
    }
}

/// A signature that is not verified yet.
struct Claim<'a> {
    authorization: Authorization<'a>,
    region: &'a str,
    time: Timestamp,
}

/// The header `Authorization`, taken apart.
struct Authorization<'a> {
    credential: Vec<&'a str>,
    signed_headers: BTreeSet<String>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let one = |name: &str| {
            let mut found = rest.split(',').filter_map(|part| {
                let value = part.trim().strip_prefix(name)?;
                value.strip_prefix('=')
            });
            found.next().filter(|_| found.next().is_none())
        };
        Some(Self {
            credential: one("Credential")?.split('/').collect(),
            signed_headers: one("SignedHeaders")?
                .split(';')
                .map(str::to_ascii_lowercase)
                .collect(),
            signature: one("Signature")?,
        })
    }

    /// Checks that the signature covers the name of the host and every header of AWS's own.
    fn covers(&self, headers: &HeaderMap) -> Result<(), Wrong> {
        let unsigned: BTreeSet<&str> = headers
            .keys()
            .map(header::HeaderName::as_str)
            .filter(|name| *name == "host" || name.starts_with("x-amz-"))
            .filter(|name| !self.signed_headers.contains(*name))
            .collect();
        if unsigned.is_empty() {
            return Ok(());
        }
        let unsigned: Vec<&str> = unsigned.into_iter().collect();
        Err(Wrong::NotSigned(unsigned.join(", ")))
    }
}

fn time_of(date: &str) -> Option<Timestamp> {
    let date = DateTime::strptime(DATE_FORMAT, date).ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    use aws_sigv4::http_request::SignatureLocation;

    fn signed() -> Signed {
        Signed {
            keys: Keys::new("SLUICEKEY", "a secret"),
            service: "sqs",
            body_bytes: 1_000,
        }
    }

    /// A request as an SDK signs it.
    fn request(keys: &Keys, service: &str, time: SystemTime) -> Parts {
        let identity = Credentials::from(keys).into();
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::Headers;
        let params = SigningParams::builder()
            .identity(&identity)
            .region("eu-central-1")
            .name(service)
            .time(time)
            .settings(settings)
            .build()
            .expect("parameters");
        let (url, target) = ("http://127.0.0.1:9302/", "AmazonSQS.ListQueues");
        let headers = [
            ("x-amz-target", target),
            ("content-type", "application/json"),
        ];
        let body = SignableBody::Bytes(b"{}");
        let signable = SignableRequest::new("POST", url, headers.into_iter(), body);
        let signed = sign(signable.expect("a request"), &params.into());
        let (instructions, _) = signed.expect("a signature").into_parts();
        let mut request = axum::http::Request::post("/")
            .header("host", "127.0.0.1:9302")
            .header("x-amz-target", target)
            .header("content-type", "application/json")
            .body(())
            .expect("a request");
        instructions.apply_to_request_http1x(&mut request);
        request.into_parts().0
    }

    fn verdict(parts: &Parts, body: &'static [u8]) -> Result<(), Wrong> {
        let signed = signed();
        let claim = signed.claim(&parts.headers)?;
        signed.verify(&claim, parts, &Bytes::from_static(body))
    }

    fn right() -> Parts {
        request(&signed().keys, "sqs", SystemTime::now())
    }

    #[test]
    fn a_request_is_taken_as_it_was_signed_and_in_no_other_way() {
        assert_eq!(verdict(&right(), b"{}"), Ok(()));
        assert_eq!(verdict(&right(), b"{ }"), Err(Wrong::Signature));
        let mut parts = right();
        parts
            .headers
            .insert("user-agent", "anything".parse().expect("a value"));
        assert_eq!(verdict(&parts, b"{}"), Ok(()), "it is not signed");
        for (name, value) in [
            ("x-amz-target", "AmazonSQS.DeleteQueue"),
            ("host", "localhost:9302"),
        ] {
            let mut parts = right();
            parts.headers.insert(name, value.parse().expect("a value"));
            assert_eq!(verdict(&parts, b"{}"), Err(Wrong::Signature), "{name}");
        }
        let mut parts = right();
        parts.uri = "/other".parse().expect("a URI");
        assert_eq!(verdict(&parts, b"{}"), Err(Wrong::Signature));
        let mut parts = right();
        parts
            .headers
            .insert("x-amz-more", "1".parse().expect("a value"));
        let more = Wrong::NotSigned("x-amz-more".to_owned());
        assert_eq!(verdict(&parts, b"{}"), Err(more));
    }

    #[test]
    fn a_request_is_signed_by_the_keys_for_the_service_and_now() {
        let keys = signed().keys;
        let now = SystemTime::now();
        for (request, wrong) in [
            (
                request(&Keys::new("SLUICEKEY", "guessed"), "sqs", now),
                Wrong::Signature,
            ),
            (
                request(&Keys::new("OTHER", "a secret"), "sqs", now),
                Wrong::Key,
            ),
            (request(&keys, "dynamodb", now), Wrong::Key),
            (request(&keys, "sqs", now - SKEW * 2), Wrong::Date),
            (request(&keys, "sqs", now + SKEW * 2), Wrong::Date),
        ] {
            assert_eq!(verdict(&request, b"{}"), Err(wrong));
        }
        let mut parts = right();
        let twice = parts.headers["authorization"].clone();
        parts.headers.append("authorization", twice);
        assert_eq!(verdict(&parts, b"{}"), Err(Wrong::Incomplete));
        parts.headers.remove("authorization");
        assert_eq!(verdict(&parts, b"{}"), Err(Wrong::Missing));
        let bearer = "Bearer abc".parse().expect("a value");
        parts.headers.insert("authorization", bearer);
        assert_eq!(verdict(&parts, b"{}"), Err(Wrong::Incomplete));
    }
}
