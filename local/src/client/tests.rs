use std::sync::Mutex;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as InPath, State};
use axum::http::{HeaderMap, StatusCode as Status};
use axum::response::{IntoResponse, Redirect, Response as Answer};
use axum::routing::{get, post, put};
use serde_json::Value;
use sluice_import::ImportOptions;
use tokio::net::TcpListener;

use super::*;
use crate::cli::Import;
use crate::import::Resume;

/// An API of which a part of a file is refused once, and whose tickets are too old once.
#[derive(Clone)]
struct Fake {
    url: String,
    state: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    tickets: Vec<Value>,
    /// The names of the URLs that were put to, and what.
    puts: Vec<(String, Bytes)>,
    completed: Vec<Value>,
}

impl Fake {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let fake = Self {
            url: format!("http://{address}"),
            state: Arc::default(),
        };
        let router = Router::new()
            .route("/upload", post(ticket))
            .route("/parts/{name}", put(part))
            .route("/upload/complete", post(complete))
            .route("/task/get", get(async || Redirect::temporary("/stolen")))
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.state.lock().expect("what was seen")
    }
}

async fn ticket(
    State(fake): State<Fake>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Answer {
    assert_eq!(headers["authorization"], "Bearer secret");
    let mut seen = fake.seen();
    seen.tickets.push(request);
    let nth = seen.tickets.len();
    let part = |number: u32| {
        let url = format!("{}/parts/{nth}-{number}", fake.url);
        json!({ "part_number": number, "url": url })
    };
    let upload = json!({
        "kind": "multipart", "upload_id": "u1", "part_bytes": 4,
        "parts": [part(1), part(2), part(3)], "expires_at": "2026-01-01T00:00:00Z",
    });
    let estimate = json!({
        "basis": "file_size", "rows": 1, "seconds": 1, "write_units": 1, "dollars": 0.1,
    });
    let data = json!({
        "task_id": 1, "user_task_id": "mine", "upload": upload, "estimate": estimate,
    });
    Json(json!({ "code": 0, "msg": "", "data": data })).into_response()
}

async fn part(State(fake): State<Fake>, InPath(name): InPath<String>, body: Bytes) -> Answer {
    let mut seen = fake.seen();
    let is_first = seen.puts.iter().all(|(other, _)| *other != name);
    seen.puts.push((name.clone(), body));
    match name.as_str() {
        "1-1" if is_first => Status::SERVICE_UNAVAILABLE.into_response(),
        "1-2" => Status::FORBIDDEN.into_response(),
        name => ([("etag", format!("\"{name}\""))], "").into_response(),
    }
}

async fn complete(State(fake): State<Fake>, Json(request): Json<Value>) -> Json<Value> {
    fake.seen().completed.push(request);
    Json(json!({ "code": 0, "msg": "", "data": null }))
}

#[tokio::test]
async fn a_part_that_fails_is_sent_again_and_a_ticket_that_is_too_old_is_replaced() {
    let fake = Fake::start().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("m.csv");
    std::fs::write(&path, "0123456789").expect("a file");
    let file = SourceFile::open(&path).expect("a file");
    let (station, business) = ("demo".parse(), "member_import".parse());
    let (station, business) = (station.expect("a station"), business.expect("a business"));
    let arguments = Import::new(&path, station, business, folder.path());
    let resume = Resume::find(None, "", &arguments, &file).expect("no folder is needed");
    let mut request = UploadRequest {
        business: arguments.business.clone(),
        file_name: file.name.clone(),
        size_bytes: file.size_bytes,
        user_task_id: Some(resume.user_task_id.clone()),
        repeat: false,
        start_at: None,
        upload_id: None,
        options: ImportOptions::default(),
    };
    let client = Client::new(&fake.url, "secret".to_owned()).expect("a client");
    let answer = client.begin(&request).await.expect("a ticket");
    let ticket = answer.upload.expect("a ticket");
    let progress = Progress::of_file(&file, false);
    let sent = client.send(answer.task_id, ticket, &mut request, &file, &progress);
    sent.await.expect("the file is sent");

    let seen = fake.seen();
    let puts = seen.puts.iter();
    let puts: Vec<_> = puts
        .map(|(name, body)| (name.as_str(), &body[..]))
        .collect();
    let expected: [(&str, &[u8]); 5] = [
        ("1-1", b"0123"),
        ("1-1", b"0123"),
        ("1-2", b"4567"),
        ("2-2", b"4567"),
        ("2-3", b"89"),
    ];
    assert_eq!(puts, expected);
    assert_eq!(seen.tickets.len(), 2);
    assert_eq!(
        seen.tickets[1]["upload_id"], "u1",
        "the parts that were sent stay"
    );
    let parts = json!([
        { "part_number": 1, "etag": "\"1-1\"" },
        { "part_number": 2, "etag": "\"2-2\"" },
        { "part_number": 3, "etag": "\"2-3\"" },
    ]);
    assert_eq!(seen.completed.len(), 1);
    assert_eq!(seen.completed[0]["parts"], parts);
}

#[tokio::test]
async fn a_token_is_not_sent_where_an_api_redirects_to() {
    let fake = Fake::start().await;
    let client = Client::new(&fake.url, "secret".to_owned()).expect("a client");
    let error = client
        .task("1".parse().expect("an id"))
        .await
        .expect_err("a redirect");
    assert!(!may_pass(&error));
    assert!(error.to_string().contains("307"), "{error}");
}
