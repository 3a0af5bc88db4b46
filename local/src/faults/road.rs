//! A faulty road to DynamoDB or SQS: a proxy that refuses, loses, doubles and withholds by a rule.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use aws_sdk_dynamodb::config::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings};
use aws_sigv4::sign::v4::SigningParams;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use super::{Fault, Service, writes_rows};
use crate::keys::Keys;
use crate::urls::Urls;

/// How much later a message comes that is overtaken, and one that is lost: the longest that SQS knows.
const OVERTAKEN_SECONDS: u32 = 4;
const LOST_SECONDS: u32 = 900;

type Rule = Box<dyn FnMut(&str, &[u8]) -> Fault + Send>;

/// The proxy.
#[derive(Clone)]
pub struct FaultyRoad {
    service: Service,
    http: reqwest::Client,
    target: watch::Sender<Option<Urls>>,
    rule: Arc<Mutex<Rule>>,
    happened: Arc<Mutex<BTreeMap<(String, Fault), usize>>>,
    late: Arc<Notify>,
    /// Where it begins.
    pub url: String,
}

impl fmt::Debug for FaultyRoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyRoad")
            .field("service", &self.service)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl FaultyRoad {
    /// Opens a road to DynamoDB, for a test.
    ///
    /// # Panics
    ///
    /// If no port is free.
    pub async fn start() -> Self {
        Self::open(Service::DynamoDb).await.expect("a free port")
    }

    /// Opens a road without faults that waits to be told where it leads.
    pub async fn open(service: Service) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let road = Self {
            service,
            http: reqwest::Client::new(),
            target: watch::Sender::new(None),
            rule: Arc::new(Mutex::new(Box::new(|_, _| Fault::None))),
            happened: Arc::default(),
            late: Arc::default(),
            url: format!("http://{}", listener.local_addr()?),
        };
        let router = Router::new().fallback(pass).with_state(road.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(road)
    }

    /// Says where requests go.
    pub fn lead_to(&self, urls: &Urls) {
        self.target.send_replace(Some(urls.clone()));
    }

    /// From now on `rule` says for each operation what happens to it.
    pub fn set_rule(&self, mut rule: impl FnMut(&str) -> Fault + Send + 'static) {
        self.set_rule_of_bodies(move |operation, _| rule(operation));
    }

    /// As [`Self::set_rule`], for each operation with its body.
    pub fn set_rule_of_bodies(&self, rule: impl FnMut(&str, &[u8]) -> Fault + Send + 'static) {
        *lock(&self.rule) = Box::new(rule);
    }

    /// From now on writes of rows meet a fault when one of these texts is in their request.
    pub fn poison(&self, texts: Vec<String>, fault: Fault) {
        self.set_rule_of_bodies(move |operation, body| {
            let is_write = writes_rows(operation, body);
            let body = String::from_utf8_lossy(body);
            if is_write && texts.iter().any(|text| body.contains(text)) {
                fault
            } else {
                Fault::None
            }
        });
    }

    /// Returns how often a fault happened to an operation.
    pub fn count(&self, operation: &str, fault: Fault) -> usize {
        let happened = lock(&self.happened);
        let count = happened.get(&(operation.to_owned(), fault));
        count.copied().unwrap_or_default()
    }

    /// Lets go what is late.
    pub fn let_go(&self) {
        self.late.notify_waiters();
    }

    fn note(&self, operation: &str, fault: Fault) {
        let mut happened = lock(&self.happened);
        *happened.entry((operation.to_owned(), fault)).or_default() += 1;
    }

    async fn forward(
        &self,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, HeaderMap, Bytes)> {
        let mut target = self.target.subscribe();
        let urls = target.wait_for(Option::is_some).await?.clone();
        let urls = urls.context("the road leads nowhere")?;
        // What goes on is another request, under another name of the host: it is signed anew.
        let mut request = axum::http::Request::post(self.service.url(&urls));
        for name in ["content-type", "x-amz-target"] {
            let value = headers.get(name).with_context(|| format!("no {name}"))?;
            request = request.header(name, value);
        }
        let mut request = request.body(body)?;
        self.sign(&mut request, &urls.keys)?;
        let request = reqwest::Request::try_from(request)?;
        let request = reqwest::RequestBuilder::from_parts(self.http.clone(), request);
        let response = request.send().await?;
        let (status, mut headers) = (response.status(), response.headers().clone());
        headers.remove("content-length");
        headers.remove("transfer-encoding");
        Ok((status, headers, response.bytes().await?))
    }

    fn sign(&self, request: &mut axum::http::Request<Bytes>, keys: &Keys) -> Result<()> {
        let identity = Credentials::from(keys).into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name(self.service.signing_name())
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?;
        let mut headers = Vec::new();
        for (name, value) in request.headers() {
            headers.push((name.as_str(), value.to_str()?));
        }
        let (url, body) = (request.uri().to_string(), request.body());
        let signable =
            SignableRequest::new("POST", url, headers.into_iter(), SignableBody::Bytes(body))?;
        let signed = aws_sigv4::http_request::sign(signable, &params.into())?;
        let (instructions, _) = signed.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }

    /// Executes every second part of a batch, and answers that the others were throttled.
    async fn execute_half(&self, headers: &HeaderMap, body: &Bytes) -> Result<Response> {
        let mut request: Value = serde_json::from_slice(body)?;
        if request["Statements"].is_array() {
            return self.execute_half_of_statements(headers, request).await;
        }
        let mut withheld = json!({});
        let tables = request["RequestItems"].as_object_mut();
        for (table, wanted) in tables.context("a batch")? {
            let mut rest = wanted.clone();
            match (wanted.get_mut("Keys"), rest.get_mut("Keys")) {
                (Some(keys), Some(others)) => split(keys, others),
                // The items of a write are a list themselves.
                _ => split(wanted, &mut rest),
            }
            withheld[table] = rest;
        }
        let is_read = withheld
            .as_object()
            .is_some_and(|tables| tables.values().any(Value::is_object));
        let (status, _, answer) = self.forward(headers, request.to_string().into()).await?;
        let mut answer: Value = serde_json::from_slice(&answer)?;
        let name = if is_read {
            "UnprocessedKeys"
        } else {
            "UnprocessedItems"
        };
        answer[name] = withheld;
        Ok((status, answer.to_string()).into_response())
    }

    async fn execute_half_of_statements(
        &self,
        headers: &HeaderMap,
        mut request: Value,
    ) -> Result<Response> {
        let statements = request["Statements"].as_array().cloned();
        let statements = statements.unwrap_or_default();
        let every_second: Vec<Value> = statements.iter().step_by(2).cloned().collect();
        request["Statements"] = every_second.into();
        let (status, _, answer) = self.forward(headers, request.to_string().into()).await?;
        let mut answer: Value = serde_json::from_slice(&answer)?;
        let executed = answer["Responses"].as_array().cloned();
        let mut responses = Vec::new();
        for response in executed.unwrap_or_default() {
            responses.push(response);
            let message = "Throughput exceeds the current capacity of your table";
            responses.push(json!({ "Error": { "Code": "ThrottlingError", "Message": message } }));
        }
        responses.truncate(statements.len());
        answer["Responses"] = responses.into();
        Ok((status, answer.to_string()).into_response())
    }

    /// Sends messages on that come so many seconds later.
    async fn delay(&self, headers: &HeaderMap, body: &Bytes, seconds: u32) -> Result<Response> {
        let mut request: Value = serde_json::from_slice(body)?;
        match request["Entries"].as_array_mut() {
            Some(entries) => {
                for entry in entries {
                    entry["DelaySeconds"] = seconds.into();
                }
            }
            None => request["DelaySeconds"] = seconds.into(),
        }
        let answer = self.forward(headers, request.to_string().into()).await?;
        Ok(answer.into_response())
    }

    async fn answer(&self, fault: Fault, headers: &HeaderMap, body: Bytes) -> Result<Response> {
        if let Some(refusal) = self.service.refusal(fault, &body) {
            return Ok(refusal);
        }
        match fault {
            Fault::HalfThrottled => self.execute_half(headers, &body).await,
            Fault::AnswerLost => {
                self.forward(headers, body).await?;
                let closed = io::Error::from(io::ErrorKind::ConnectionReset);
                let closed = futures::stream::iter([Err::<Bytes, _>(closed)]);
                Ok(Body::from_stream(closed).into_response())
            }
            Fault::Silence => std::future::pending().await,
            Fault::Doubled => {
                self.forward(headers, body.clone()).await?;
                Ok(self.forward(headers, body).await?.into_response())
            }
            Fault::Overtaken => self.delay(headers, &body, OVERTAKEN_SECONDS).await,
            Fault::Lost => self.delay(headers, &body, LOST_SECONDS).await,
            _ => Ok(self.forward(headers, body).await?.into_response()),
        }
    }
}

/// Leaves every second value in the first list and the others in the second.
fn split(list: &mut Value, rest: &mut Value) {
    let all = list.as_array().cloned().unwrap_or_default();
    let half = |first: usize| all.iter().skip(first).step_by(2).cloned().collect();
    *list = Value::Array(half(0));
    *rest = Value::Array(half(1));
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn pass(State(road): State<FaultyRoad>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    let operation = target
        .and_then(|target| target.rsplit('.').next())
        .unwrap_or_default();
    let fault = (lock(&road.rule))(operation, &body);
    let late = road.late.notified();
    road.note(operation, fault);
    if fault == Fault::Late {
        late.await;
    }
    match road.answer(fault, &headers, body).await {
        Ok(answer) => answer,
        // The service is gone, or the request is none that it knows.
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
    }
}
