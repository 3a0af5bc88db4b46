//! HTTP functions: who calls, what the body says, and the envelope every answer comes in.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_api::{Code, Envelope, RETRY_AFTER_SECONDS, Refusal};
use sluice_aws::{AwsError, OrderFormatError};
use sluice_basics::ids::StationId;
use sluice_basics::quote::shortened;
use sluice_task::history::Actor;

use crate::token::{Claims, UnreadableToken};

/// What Lambda answers at most, and with it API Gateway: 6 MB, of which some are kept for what is
/// around the body. <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const ANSWER_BYTES: usize = (6 << 20) - (64 << 10);
/// The longest quote of a request that cannot be read, in characters.
const QUOTED_CHARS: usize = 400;

/// How much room an answer still has. A page ends where the next entry would not fit.
#[derive(Debug)]
pub struct AnswerRoom {
    left: usize,
    is_empty: bool,
}

impl Default for AnswerRoom {
    fn default() -> Self {
        Self {
            // The envelope and the rest of the page need little.
            left: ANSWER_BYTES - (64 << 10),
            is_empty: true,
        }
    }
}

impl AnswerRoom {
    /// Takes the room of what the answer has whatever its entries are.
    pub fn keep(&mut self, part: &impl Serialize) {
        self.left = self.left.saturating_sub(escaped_bytes(part));
    }

    /// Whether an entry fits; then it takes its room. The first one always does.
    pub fn takes(&mut self, entry: &impl Serialize) -> bool {
        let bytes = escaped_bytes(entry) + 1;
        let fits = self.is_empty || bytes <= self.left;
        if fits {
            self.is_empty = false;
            self.left = self.left.saturating_sub(bytes);
        }
        fits
    }
}

/// How many bytes a value takes in an answer of Lambda, whose body is JSON within a JSON string.
fn escaped_bytes(value: &impl Serialize) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() + escapes(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // What cannot be written is refused when the answer is made.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

/// How many bytes JSON text grows by when it is put into a JSON string.
fn escapes(json: &[u8]) -> usize {
    let escaped = json.iter().filter(|b| matches!(b, b'"' | b'\\'));
    escaped.count()
}

/// A right that a token can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Reading tasks.
    Read,
    /// Adding and steering tasks.
    Write,
    /// What business services do.
    Service,
    /// Seeing sensitive data in exports.
    Export,
    /// Setting up what acts by itself for a station: webhooks.
    Admin,
    /// Evaluating and reconciling scores.
    Evaluate,
    /// Sending e-mails to a station's members.
    Mail,
}

impl Scope {
    /// The scope's name in a token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "task:read",
            Self::Write => "task:write",
            Self::Service => "task:service",
            Self::Export => "data:export",
            Self::Admin => "station:admin",
            Self::Evaluate => "score:evaluate",
            Self::Mail => "mail:send",
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
    let claims = claims_of(request)?;
    if !scopes.iter().any(|scope| claims.grants(scope.as_str())) {
        let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        let msg = format!("the token lacks the scope {}", names.join(" or "));
        return Err(Refusal::new(Code::Forbidden, msg));
    }
    claims.station().ok_or_else(|| {
        let msg = "the token carries no valid station_id claim: a text of 1 to 64 letters, digits, \
                   '-' and '_'";
        Refusal::new(Code::Forbidden, msg)
    })
}

/// Who calls, as the token names them: its claim `sub`. None if it names nobody, or somebody with a name that
/// is no line of at most 128 characters.
pub fn actor(request: &ApiGatewayV2httpRequest) -> Option<Actor> {
    claims_of(request).ok()?.subject()?.parse().ok()
}

/// Whether the caller's token carries a scope, beside the one that the operation asks for.
pub fn has_scope(request: &ApiGatewayV2httpRequest, scope: Scope) -> bool {
    claims_of(request).is_ok_and(|claims| claims.grants(scope.as_str()))
}

fn claims_of(request: &ApiGatewayV2httpRequest) -> Result<Claims<'_>, Refusal> {
    let claims = request
        .request_context
        .authorizer
        .as_ref()
        .and_then(|authorizer| authorizer.jwt.as_ref())
        .map(|jwt| &jwt.claims)
        .ok_or_else(|| Refusal::new(Code::Unauthorized, "send a valid bearer token"))?;
    let header = request.headers.get(AUTHORIZATION);
    let header = header.map(|value| value.to_str().unwrap_or_default());
    Claims::new(claims, header)
        .map_err(|UnreadableToken| Refusal::new(Code::Unauthorized, "send a valid bearer token"))
}

/// A parameter of the query string; an empty one is none. In payload 2.0 a comma stands between
/// the values of a repeated parameter, and the event's reader takes every value apart at commas:
/// here it is whole again.
pub fn parameter(request: &ApiGatewayV2httpRequest, name: &str) -> Option<String> {
    let value = request.query_string_parameters.all(name)?.join(",");
    (!value.is_empty()).then_some(value)
}

/// A parameter read as a `T`, whose error is for people; it names the parameter.
pub fn parsed_parameter<T>(
    request: &ApiGatewayV2httpRequest,
    name: &str,
) -> Result<Option<T>, Refusal>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    read_parameter(request, name, |error: T::Err| error.to_string())
}

/// A parameter that is a number.
pub fn number_parameter<T: std::str::FromStr>(
    request: &ApiGatewayV2httpRequest,
    name: &str,
) -> Result<Option<T>, Refusal> {
    read_parameter(request, name, |_| "must be a whole number".to_owned())
}

/// A parameter that is `true` or `false`; it is false where nothing is said.
pub fn flag_parameter(request: &ApiGatewayV2httpRequest, name: &str) -> Result<bool, Refusal> {
    let flag = read_parameter(request, name, |_| "must be true or false".to_owned())?;
    Ok(flag.unwrap_or_default())
}

fn read_parameter<T: std::str::FromStr>(
    request: &ApiGatewayV2httpRequest,
    name: &str,
    words: impl FnOnce(T::Err) -> String,
) -> Result<Option<T>, Refusal> {
    let read = parameter(request, name)
        .map(|text| text.parse())
        .transpose();
    read.map_err(|error| Refusal::bad_input(format!("{name}: {}", words(error))))
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
    // Names and values of any length may be in both.
    let unusable = |path: &str, error: &serde_json::Error| {
        let path = match path {
            "." => String::new(),
            path => format!("{}: ", shortened(path, QUOTED_CHARS)),
        };
        let error = shortened(&error.to_string(), QUOTED_CHARS);
        Refusal::bad_input(format!("the JSON body cannot be used: {path}{error}"))
    };
    let body = body(request)?;
    let mut json = serde_json::Deserializer::from_slice(&body);
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| unusable(&error.path().to_string(), error.inner()))?;
    json.end().map_err(|error| unusable(".", &error))?;
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
        Ok(json) if json.len() + escapes(json.as_bytes()) > ANSWER_BYTES => {
            tracing::error!(bytes = json.len(), "an answer is larger than Lambda's");
            let msg = "the answer is larger than can be sent: ask for less at a time";
            return respond::<()>(Err(Refusal::new(Code::Internal, msg)));
        }
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
    let any: &(dyn std::error::Error + 'static) = &error;
    match any.downcast_ref::<AwsError>() {
        Some(error) if error.is_unreadable() => Refusal::unreadable(),
        _ => Refusal::internal(),
    }
}

/// Refuses a request for orders in a form that there is not, or that cannot be used.
pub fn format_refusal(error: OrderFormatError) -> Refusal {
    match error {
        OrderFormatError::Aws(error) => internal(error),
        OrderFormatError::Unusable { .. } => Refusal::conflict(error.to_string()),
        OrderFormatError::Name(_) | OrderFormatError::Unknown { .. } => {
            Refusal::bad_input(error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_what_it_takes_in_an_answer_of_lambda() {
        let entry = serde_json::json!({ "a": "\"\\\u{1}会", "b": [1, null] });
        let answer = serde_json::json!({ "body": entry.to_string() }).to_string();
        assert_eq!(escaped_bytes(&entry), answer.len() - r#"{"body":""}"#.len());
    }

    #[test]
    fn a_page_ends_where_the_next_entry_does_not_fit_and_has_at_least_one() {
        let mut room = AnswerRoom::default();
        assert!(room.takes(&"x".repeat(20 << 20)), "the first");
        assert!(!room.takes(&1), "nothing after it");
        let mut room = AnswerRoom::default();
        let mut taken = Vec::new();
        while room.takes(&"\"".repeat(100 << 10)) {
            taken.push("\"".repeat(100 << 10));
        }
        assert!(taken.len() > 10, "{}", taken.len());
        let page = respond(Ok(&taken));
        assert_eq!(page.status_code, 200);
        taken.extend(taken.clone());
        assert_eq!(respond(Ok(&taken)).status_code, 500);
    }
}
