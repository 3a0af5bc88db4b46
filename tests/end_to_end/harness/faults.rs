//! A faulty road to DynamoDB: a proxy that refuses, loses and withholds answers by a rule.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The whole call is throttled.
    Throttled,
    /// Every second statement of a batch is throttled, the others are executed.
    HalfThrottled,
    /// HTTP 500.
    Internal,
    /// A transaction meets another one.
    Conflict,
    /// The request is refused for good.
    Refused,
    /// It is executed, and the connection closes before the answer.
    AnswerLost,
    /// It is not executed, and never answered.
    Silence,
}

type Rule = Box<dyn FnMut(&str, &[u8]) -> Fault + Send>;

/// The proxy.
#[derive(Clone)]
pub struct FaultyRoad {
    http: reqwest::Client,
    target: watch::Sender<Option<String>>,
    rule: Arc<Mutex<Rule>>,
    happened: Arc<Mutex<Vec<(String, Fault)>>>,
    pub url: String,
}

impl FaultyRoad {
    /// A road without faults that waits to be told where it leads.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let road = Self {
            http: reqwest::Client::new(),
            target: watch::Sender::new(None),
            rule: Arc::new(Mutex::new(Box::new(|_, _| Fault::None))),
            happened: Arc::default(),
            url: format!("http://{}", listener.local_addr().expect("an address")),
        };
        let router = Router::new().fallback(pass).with_state(road.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        road
    }

    /// Where requests go.
    pub fn lead_to(&self, url: &str) {
        self.target.send_replace(Some(url.to_owned()));
    }

    /// From now on `rule` says for each operation what happens to it.
    pub fn set_rule(&self, mut rule: impl FnMut(&str) -> Fault + Send + 'static) {
        self.set_rule_of_bodies(move |operation, _| rule(operation));
    }

    /// As [`Self::set_rule`], for each operation with its body.
    pub fn set_rule_of_bodies(&self, rule: impl FnMut(&str, &[u8]) -> Fault + Send + 'static) {
        *self.rule.lock().expect("a rule") = Box::new(rule);
    }

    /// From now on writes of rows meet a fault when one of these texts is in their request.
    pub fn poison(&self, texts: Vec<String>, fault: Fault) {
        self.set_rule_of_bodies(move |operation, body| {
            let body = String::from_utf8_lossy(body);
            let is_write = operation == "BatchExecuteStatement";
            if is_write && texts.iter().any(|text| body.contains(text)) {
                fault
            } else {
                Fault::None
            }
        });
    }

    /// How often a fault happened to an operation.
    pub fn count(&self, operation: &str, fault: Fault) -> usize {
        let happened = self.happened.lock().expect("a list");
        let same = |entry: &&(String, Fault)| entry.0 == operation && entry.1 == fault;
        happened.iter().filter(same).count()
    }

    fn note(&self, operation: &str, fault: Fault) {
        let mut happened = self.happened.lock().expect("a list");
        happened.push((operation.to_owned(), fault));
    }

    async fn forward(&self, headers: &HeaderMap, body: Bytes) -> (StatusCode, HeaderMap, Bytes) {
        let mut target = self.target.subscribe();
        target.wait_for(Option::is_some).await.expect("a target");
        let url = self.target.borrow().clone().expect("a target");
        let mut request = self.http.post(url).body(body);
        for (name, value) in headers {
            if !matches!(name.as_str(), "host" | "content-length") {
                request = request.header(name, value);
            }
        }
        let response = request.send().await.expect("an answer of DynamoDB");
        let (status, mut headers) = (response.status(), response.headers().clone());
        headers.remove("content-length");
        headers.remove("transfer-encoding");
        (status, headers, response.bytes().await.expect("a body"))
    }

    async fn execute_half(&self, headers: &HeaderMap, body: &Bytes) -> Response {
        let mut request: Value = serde_json::from_slice(body).expect("JSON");
        let statements = request["Statements"]
            .as_array()
            .expect("statements")
            .clone();
        let every_second: Vec<Value> = statements.iter().step_by(2).cloned().collect();
        request["Statements"] = every_second.into();
        let (status, _, answer) = self.forward(headers, request.to_string().into()).await;
        let mut answer: Value = serde_json::from_slice(&answer).expect("JSON");
        let executed = answer["Responses"].as_array().expect("responses").clone();
        let mut responses = Vec::new();
        for response in executed {
            responses.push(response);
            let message = "Throughput exceeds the current capacity of your table";
            responses.push(json!({ "Error": { "Code": "ThrottlingError", "Message": message } }));
        }
        responses.truncate(statements.len());
        answer["Responses"] = responses.into();
        (status, answer.to_string()).into_response()
    }
}

async fn pass(State(road): State<FaultyRoad>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    let operation = target
        .and_then(|target| target.rsplit('.').next())
        .unwrap_or_default();
    let fault = (road.rule.lock().expect("a rule"))(operation, &body);
    road.note(operation, fault);
    match fault {
        Fault::None => road.forward(&headers, body).await.into_response(),
        Fault::HalfThrottled => road.execute_half(&headers, &body).await,
        Fault::AnswerLost => {
            road.forward(&headers, body).await;
            let closed = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            Body::from_stream(futures::stream::iter([Err::<Bytes, _>(closed)])).into_response()
        }
        Fault::Silence => std::future::pending().await,
        Fault::Throttled => error(400, "ThrottlingException", json!({})),
        Fault::Refused => error(400, "ValidationException", json!({})),
        Fault::Internal => error(500, "InternalServerError", json!({})),
        Fault::Conflict => {
            let request: Value = serde_json::from_slice(&body).expect("JSON");
            let items = request["TransactItems"].as_array().map_or(1, Vec::len);
            let reasons = vec![json!({ "Code": "TransactionConflict" }); items];
            let more = json!({ "CancellationReasons": reasons });
            error(400, "TransactionCanceledException", more)
        }
    }
}

/// An error as DynamoDB answers it.
fn error(status: u16, name: &str, mut body: Value) -> Response {
    body["__type"] = format!("com.amazonaws.dynamodb.v20120810#{name}").into();
    body["message"] = "a fault of the road".into();
    let status = StatusCode::from_u16(status).expect("a status");
    let content_type = [("content-type", "application/x-amz-json-1.0")];
    (status, content_type, body.to_string()).into_response()
}
