//! A receiver of rows, as somebody else would write it: it checks the signature, remembers what
//! it answered to each idempotency key, and tells what it was asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sluice_import::endpoint::{
    AUTH_KEY, IDEMPOTENCY_KEY, SIGNATURE, SignedRequest, SigningKey, TIMESTAMP,
};
use tokio::net::TcpListener;

/// A request with the right signature.
#[derive(Clone, Debug)]
pub struct Asked {
    pub idempotency_key: String,
    /// How often this key was asked with, this time included.
    pub nth: usize,
    pub at: Instant,
    pub body: Value,
}

/// What the receiver does about a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Does the batch, unless it has done it before, and answers what it answered then. A row is
    /// accepted if its reference begins with `ok`; `failed-`, `duplicate-` and `skipped-` say
    /// what else becomes of it.
    Honest,
    /// The same, but only after a while.
    Late(Duration),
    /// Does the batch; the connection closes before the answer.
    AnswerLost,
    /// Answers with a status and a header and does nothing.
    Status(u16, &'static str, &'static str),
    /// Does nothing and answers 200 with this body.
    Claims(String),
    /// Does nothing and never ends its answer.
    Endless,
}

type Rule = Box<dyn FnMut(&Asked) -> Reply + Send>;

/// The receiver.
#[derive(Clone)]
pub struct BackOffice {
    pub url: String,
    key: SigningKey,
    state: Arc<Mutex<Memory>>,
    in_flight: Arc<AtomicUsize>,
}

struct Memory {
    rule: Rule,
    asked: Vec<Asked>,
    refused: usize,
    most_in_flight: usize,
    answers: HashMap<String, Value>,
    /// How often each row was done, by its reference.
    done: HashMap<String, usize>,
}

impl BackOffice {
    /// A receiver on this machine that expects requests signed with `key`.
    pub async fn start(key: &str, rule: impl FnMut(&Asked) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let office = Self {
            url: format!("http://{address}/rows?shop=7"),
            key: key.parse().expect("a key"),
            state: Arc::new(Mutex::new(Memory {
                rule: Box::new(rule),
                asked: Vec::new(),
                refused: 0,
                most_in_flight: 0,
                answers: HashMap::new(),
                done: HashMap::new(),
            })),
            in_flight: Arc::default(),
        };
        let router = Router::new()
            .route("/rows", axum::routing::post(take))
            .with_state(office.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        office
    }

    /// All requests with the right signature.
    pub fn asked(&self) -> Vec<Asked> {
        self.memory().asked.clone()
    }

    /// How many requests had a wrong signature.
    pub fn refused(&self) -> usize {
        self.memory().refused
    }

    /// How many requests there were at the same time, at most.
    pub fn most_in_flight(&self) -> usize {
        self.memory().most_in_flight
    }

    /// How often each row was done, by its reference.
    pub fn done(&self) -> HashMap<String, usize> {
        self.memory().done.clone()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.state.lock().expect("a memory")
    }

    /// Notes a request. What is to be done about it.
    fn note(&self, headers: &HeaderMap, body: &Bytes) -> Option<(Asked, Reply)> {
        let header = |name: &str| headers[name].to_str().expect("a text");
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("a time after 1970").as_secs();
        let request = SignedRequest {
            timestamp: header(TIMESTAMP),
            idempotency_key: header(IDEMPOTENCY_KEY),
            body,
        };
        let verified = self.key.verify(&request, header(SIGNATURE), now);
        let mut memory = self.memory();
        if verified.is_err() {
            memory.refused += 1;
            return None;
        }
        // Receivers of the version before know no other signature.
        let timestamp = header(TIMESTAMP).parse().expect("a number");
        assert_eq!(header(AUTH_KEY), self.key.sign_v1(timestamp, body));
        assert_eq!(headers["content-type"], "application/json");
        let body: Value = serde_json::from_slice(body).expect("JSON");
        let idempotency_key = header(IDEMPOTENCY_KEY).to_owned();
        assert_eq!(body["idempotency_key"], idempotency_key.as_str());
        let same = |asked: &&Asked| asked.idempotency_key == idempotency_key;
        let asked = Asked {
            nth: memory.asked.iter().filter(same).count() + 1,
            at: Instant::now(),
            body,
            idempotency_key,
        };
        memory.asked.push(asked.clone());
        let reply = (memory.rule)(&asked);
        Some((asked, reply))
    }

    /// Does a batch once.
    fn answer(&self, asked: &Asked) -> Value {
        let mut memory = self.memory();
        if let Some(answer) = memory.answers.get(&asked.idempotency_key) {
            return answer.clone();
        }
        let rows = asked.body["rows"].as_array().expect("rows");
        let mut answers = Vec::new();
        for row in rows {
            let reference = row["values"]["reference"].as_str().expect("a reference");
            *memory.done.entry(reference.to_owned()).or_default() += 1;
            let outcome = match reference.split('-').next() {
                Some("ok") => "succeeded",
                Some(other) => other,
                None => unreachable!("a text has a first part"),
            };
            let mut answer = json!({ "row": row["row"], "outcome": outcome });
            if outcome == "failed" {
                answer["column"] = "member_no".into();
                answer["message"] = "there is no such\n member".into();
            }
            answers.push(answer);
        }
        answers.reverse();
        let answer = json!({ "rows": answers });
        let key = asked.idempotency_key.clone();
        memory.answers.insert(key, answer.clone());
        answer
    }
}

async fn take(State(office): State<BackOffice>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((asked, reply)) = office.note(&headers, &body) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let now = office.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
    let most = office.most_in_flight().max(now);
    office.memory().most_in_flight = most;
    let _leaves = Leaves(&office.in_flight);
    match reply {
        Reply::Honest => axum::Json(office.answer(&asked)).into_response(),
        Reply::Late(by) => {
            tokio::time::sleep(by).await;
            axum::Json(office.answer(&asked)).into_response()
        }
        Reply::AnswerLost => {
            office.answer(&asked);
            let closed = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            Body::from_stream(futures::stream::iter([Err::<Bytes, _>(closed)])).into_response()
        }
        Reply::Status(status, name, value) => {
            let status = StatusCode::from_u16(status).expect("a status");
            (status, [(name, value)]).into_response()
        }
        Reply::Claims(body) => body.into_response(),
        Reply::Endless => {
            let pieces = futures::stream::repeat_with(|| {
                Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 4096]))
            });
            Body::from_stream(pieces).into_response()
        }
    }
}

/// A request that leaves, also when its client hangs up.
struct Leaves<'a>(&'a AtomicUsize);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
