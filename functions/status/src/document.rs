//! `GET /openapi.json`: the description of the API, for everybody.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};

const DOCUMENT: &str = include_str!("../../../infra/openapi.json");

/// Returns the document as it is, without the envelope of the other answers: programs read it.
pub(crate) fn answer() -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = 200;
    response.body = Some(Body::Text(DOCUMENT.to_owned()));
    let headers = &mut response.headers;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let kept = HeaderValue::from_static("public, max-age=300");
    headers.insert(CACHE_CONTROL, kept);
    response
}
