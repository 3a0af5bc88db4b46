use std::net::SocketAddr;
use std::time::Instant;

use axum::body::Bytes;
use axum::routing::post;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// Small enough that a test sees the end of each.
const LIMITS: Limits = Limits {
    connections: 2,
    headers: Duration::from_millis(400),
    body: Patience {
        wait: Duration::from_millis(400),
        bytes_per_second: 100_000,
    },
    answer: Duration::from_millis(400),
};

/// Far longer than any limit, and far shorter than what a slow client takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A port that answers with the length of a body, and to GET with more than a connection holds.
async fn door(running: &mut JoinSet<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route(
        "/",
        post(async |body: Bytes| body.len().to_string()).get(async || vec![b'x'; 64 << 20]),
    );
    let router = guarded(router, Callers::programs(address), LIMITS);
    running.spawn(serve(listener, router, LIMITS));
    address
}

async fn connected(address: SocketAddr, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(sent.as_bytes()).await.expect("it is sent");
    stream
}

fn request(address: SocketAddr, length: usize) -> String {
    format!("POST / HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n\r\n")
}

/// Sends a byte now and then until the other side closes the connection.
async fn drip(mut stream: TcpStream) -> String {
    let (mut answer, mut answers) = (String::new(), [0; 1_024]);
    let started = Instant::now();
    let mut now_and_then = tokio::time::interval(Duration::from_millis(20));
    while started.elapsed() < PATIENCE {
        tokio::select! {
            read = stream.read(&mut answers) => match read {
                Ok(0) | Err(_) => return answer,
                Ok(read) => answer += &String::from_utf8_lossy(&answers[..read]),
            },
            // A write to a closed connection fails, and the next read tells.
            _ = now_and_then.tick() => drop(stream.write_all(b"x").await),
        }
    }
    panic!("the connection is still open: {answer}");
}

#[tokio::test]
async fn a_client_that_sends_its_headers_byte_by_byte_is_dropped() {
    let mut running = JoinSet::new();
    let address = door(&mut running).await;
    drip(connected(address, "POST / HTTP/1.1\r\nx-slow: ").await).await;
}

#[tokio::test]
async fn a_client_that_sends_its_body_byte_by_byte_is_dropped() {
    let mut running = JoinSet::new();
    let address = door(&mut running).await;
    let answer = drip(connected(address, &request(address, 1_000_000)).await).await;
    assert!(!answer.contains(" 200 "), "{answer}");
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answer_is_dropped() {
    let mut running = JoinSet::new();
    let address = door(&mut running).await;
    let get = format!("GET / HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let idle = [
        connected(address, &get).await,
        connected(address, &get).await,
    ];
    // Both places are taken, so that there is an answer only when one of them is dropped.
    let mut third = connected(address, &request(address, 0)).await;
    let mut answer = [0; 12];
    let read = tokio::time::timeout(PATIENCE, third.read_exact(&mut answer)).await;
    assert_eq!(read.expect("an answer in time").expect("an answer"), 12);
    assert_eq!(&answer, b"HTTP/1.1 200");
    drop(idle);
}

#[tokio::test]
async fn idle_connections_make_room_for_others() {
    let mut running = JoinSet::new();
    let address = door(&mut running).await;
    let idle = [connected(address, "").await, connected(address, "").await];
    let started = Instant::now();
    let mut third = connected(address, &request(address, 5)).await;
    third.write_all(b"hello").await.expect("it is sent");
    let mut answer = [0; 12];
    let read = tokio::time::timeout(PATIENCE, third.read_exact(&mut answer)).await;
    assert_eq!(read.expect("an answer in time").expect("an answer"), 12);
    assert!(
        started.elapsed() >= LIMITS.headers / 2,
        "it waited for a place"
    );
    drop(idle);
}

#[tokio::test]
async fn what_no_page_may_call_says_so_to_pages() {
    let mut running = JoinSet::new();
    let address = door(&mut running).await;
    let http = reqwest::Client::new();
    let post = || http.post(format!("http://{address}/")).body("hello");
    let answer = post().send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.text().await.expect("a body"), "5");
    for (name, value) in [
        ("host", "attacker.example"),
        ("origin", "http://attacker.example"),
    ] {
        let answer = post().header(name, value).send().await.expect("an answer");
        assert_eq!(answer.status(), 403, "{name}");
        let headers = answer.headers();
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
}
