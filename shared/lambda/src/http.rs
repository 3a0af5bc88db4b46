//! HTTP functions: who calls, what the body says, and the envelope every answer comes in.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_core::api::{Code, Envelope, RETRY_AFTER_SECONDS, Refusal};
use sluice_core::ids::StationId;

/// A right that a token can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Reading tasks.
    Read,
    /// Adding and steering tasks.
    Write,
    /// What business services do.
    Service,
}

impl Scope {
    /// The scope's name in a token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "task:read",
            Self::Write => "task:write",
            Self::Service => "task:service",
        }
    }
}

/// The station that calls, from the token that the gateway has checked; never from the request.
pub fn caller(request: &ApiGatewayV2httpRequest, scope: Scope) -> Result<StationId, Refusal> {
    caller_with_any(request, &[scope])
}

/// As [`caller`], for what several scopes allow.
pub fn caller_with_any(
    request: &ApiGatewayV2httpRequest,
    scopes: &[Scope],
) -> Result<StationId, Refusal> {
    let claims = request
        .request_context
        .authorizer
        .as_ref()
        .and_then(|authorizer| authorizer.jwt.as_ref())
        .map(|jwt| &jwt.claims)
        .ok_or_else(|| Refusal::new(Code::Unauthorized, "send a valid bearer token"))?;
    let granted = claims.get("scope").map(String::as_str).unwrap_or_default();
    let allows = |name| scopes.iter().any(|scope| scope.as_str() == name);
    if !granted.split_whitespace().any(allows) {
        let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        let msg = format!("the token lacks the scope {}", names.join(" or "));
        return Err(Refusal::new(Code::Forbidden, msg));
    }
    claims
        .get("station_id")
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| {
            Refusal::new(
                Code::Forbidden,
                "the token carries no valid station_id claim",
            )
        })
}

/// A parameter of the query string; an empty one is none. In payload 2.0 a comma stands between
/// the values of a repeated parameter, and the event's reader takes every value apart at commas:
/// here it is whole again.
pub fn parameter(request: &ApiGatewayV2httpRequest, name: &str) -> Option<String> {
    let value = request.query_string_parameters.all(name)?.join(",");
    (!value.is_empty()).then_some(value)
}

/// A parameter read as a `T`; an error names it.
pub fn parsed_parameter<T>(
    request: &ApiGatewayV2httpRequest,
    name: &str,
) -> Result<Option<T>, Refusal>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    parameter(request, name)
        .map(|text| {
            text.parse()
                .map_err(|error| Refusal::bad_input(format!("{name}: {error}")))
        })
        .transpose()
}

/// The body's bytes.
pub fn body(request: &ApiGatewayV2httpRequest) -> Result<Vec<u8>, Refusal> {
    let body = request.body.as_deref().unwrap_or_default();
    if request.is_base64_encoded {
        STANDARD
            .decode(body)
            .map_err(|_| Refusal::bad_input("the body is not what the request says it is"))
    } else {
        Ok(body.as_bytes().to_vec())
    }
}

/// A JSON body. An error names the field.
pub fn json_body<T: DeserializeOwned>(request: &ApiGatewayV2httpRequest) -> Result<T, Refusal> {
    let unusable = |error: &dyn std::fmt::Display| {
        Refusal::bad_input(format!("the JSON body cannot be used: {error}"))
    };
    let body = body(request)?;
    let mut json = serde_json::Deserializer::from_slice(&body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| unusable(&error))?;
    json.end().map_err(|error| unusable(&error))?;
    Ok(value)
}

/// The content type without its parameters, in lower case.
pub fn content_type(request: &ApiGatewayV2httpRequest) -> String {
    let value = request
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// The HTTP answer to what a handler came to.
pub fn respond<T: Serialize>(outcome: Result<T, Refusal>) -> ApiGatewayV2httpResponse {
    let envelope = match outcome {
        Ok(data) => Envelope {
            code: Code::Ok,
            msg: String::new(),
            data: Some(data),
        },
        Err(refusal) => Envelope {
            code: refusal.code,
            msg: refusal.msg,
            data: None,
        },
    };
    let mut response = ApiGatewayV2httpResponse::default();
    match serde_json::to_string(&envelope) {
        Ok(json) => {
            response.status_code = i64::from(envelope.code.http_status());
            response.body = Some(Body::Text(json));
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            response.status_code = 500;
        }
    }
    let headers = &mut response.headers;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if envelope.code == Code::TooMany {
        headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS.into());
    }
    response
}

/// Turns a failure of our own into the one thing the caller is told; the log gets the rest.
pub fn internal(error: impl std::error::Error + 'static) -> Refusal {
    tracing::error!(error = sluice_aws::chain(&error), "a request failed");
    Refusal::internal()
}
