//! HTTP requests as API Gateway's payload 2.0, and its answers as HTTP.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::collections::BTreeMap;

use anyhow::Result;
use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body as EventBody;
use axum::body::Body;
use axum::http::request::Parts;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// The event for a request whose token was accepted, with its claims, or that needs none.
pub(super) fn request(parts: &Parts, body: &[u8], claims: Option<&Map<String, Value>>) -> Value {
    let path = parts.uri.path();
    let raw_query = parts.uri.query().unwrap_or_default();
    let pairs: Vec<(String, String)> = axum::extract::Query::try_from_uri(&parts.uri)
        .map(|query| query.0)
        .unwrap_or_default();
    // The values of a repeated parameter are joined.
    let mut query: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        query
            .entry(name)
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert(value);
    }
    let headers: BTreeMap<&str, &str> = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let authorizer = claims.map(|claims| {
        let claims: BTreeMap<&String, String> = claims
            .iter()
            .map(|(name, claim)| (name, claim_text(claim)))
            .collect();
        json!({ "jwt": { "claims": claims } })
    });
    let (text, is_base64) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(body), true),
    };
    json!({
        "version": "2.0",
        "routeKey": format!("{} {path}", parts.method),
        "rawPath": path,
        "rawQueryString": raw_query,
        "headers": headers,
        "queryStringParameters": query,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "stage": "$default",
            "http": { "method": parts.method.as_str(), "path": path, "protocol": "HTTP/1.1" },
            "authorizer": authorizer,
        },
        "body": text,
        "isBase64Encoded": is_base64,
    })
}

/// A claim as the authorizer hands it on: text, and an array as `[a b c]`.
fn claim_text(claim: &Value) -> String {
    match claim {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(claim_text).collect();
            format!("[{}]", values.join(" "))
        }
        other => other.to_string(),
    }
}

/// How many bytes a value has as JSON.
pub(super) fn json_bytes(value: &Value) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // A value is JSON, and nothing is written.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

/// The HTTP answer that a function's answer stands for.
pub(super) fn response(answer: ApiGatewayV2httpResponse) -> Result<Response> {
    let mut response = Response::builder().status(u16::try_from(answer.status_code)?);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let body = match answer.body {
        Some(EventBody::Text(text)) => Body::from(text),
        Some(EventBody::Binary(bytes)) => Body::from(bytes),
        _ => Body::empty(),
    };
    Ok(response.body(body)?)
}
