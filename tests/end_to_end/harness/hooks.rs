//! A receiver of webhooks, as somebody else would write it: it verifies messages with the library of Standard
//! Webhooks, and tells what it was told.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::net::TcpListener;

use super::eventually;

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Told {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Told {
    /// The message's id.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("a text")
    }

    /// Whether a receiver with this secret takes it.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = Webhook::new(secret).expect("a secret");
        webhook.verify(&self.body, &self.headers).is_ok()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// What is answered: a status and perhaps a header.
pub type HookReply = (u16, Option<(&'static str, String)>);
type Rule = Box<dyn FnMut(&Told) -> HookReply + Send>;

struct Memory {
    rule: Rule,
    told: Vec<Told>,
}

/// The receiver.
#[derive(Clone)]
pub struct HookReceiver {
    pub url: String,
    /// Where it is an event bus.
    pub bus_url: String,
    memory: Arc<Mutex<Memory>>,
}

impl HookReceiver {
    /// A receiver that takes everything.
    pub async fn start() -> Self {
        Self::with(|_| (204, None)).await
    }

    /// A receiver that answers by a rule.
    pub async fn with(rule: impl FnMut(&Told) -> HookReply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let receiver = Self {
            url: format!("http://{address}/hook?shop=7"),
            bus_url: format!("http://{address}"),
            memory: Arc::new(Mutex::new(Memory {
                rule: Box::new(rule),
                told: Vec::new(),
            })),
        };
        let router = Router::new()
            .route("/hook", post(take))
            .route("/", post(take))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// All messages that came, whatever was answered.
    pub fn told(&self) -> Vec<Told> {
        self.memory.lock().expect("a memory").told.clone()
    }

    /// Waits until so many messages have come.
    pub async fn hears(&self, count: usize) -> Vec<Told> {
        let heard = async || {
            let told = self.told();
            (told.len() >= count).then_some(told)
        };
        let told = eventually("messages to a webhook", heard).await;
        assert_eq!(told.len(), count, "{told:?}");
        told
    }
}

async fn take(State(receiver): State<HookReceiver>, headers: HeaderMap, body: Bytes) -> Response {
    let told = Told { headers, body };
    let mut memory = receiver.memory.lock().expect("a memory");
    let (status, header) = (memory.rule)(&told);
    memory.told.push(told);
    let status = StatusCode::from_u16(status).expect("a status");
    match header {
        Some((name, value)) => (status, [(name, value)]).into_response(),
        None => status.into_response(),
    }
}
