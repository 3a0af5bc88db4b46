use std::time::Instant;

use sluice_import::endpoint::BatchRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A batch of the row 2.
fn request() -> BatchRequest {
    BatchRequest {
        idempotency_key: "demo/1/2-2".to_owned(),
        rows: vec![2],
        body: b"{}".to_vec(),
    }
}

/// One short call, if these seconds are left.
fn limits(seconds_left: u64) -> Limits {
    Limits {
        timeout: Duration::from_millis(300),
        tries: 1,
        until: Instant::now() + Duration::from_secs(seconds_left),
    }
}

/// Delivers a batch of the row 2 once to a server that says `answer` and then nothing more.
async fn deliver(answer: &'static [u8]) -> (Result<Vec<RowOutcome>, CallError>, Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(answer).await;
        // Until the client hangs up.
        while matches!(stream.read(&mut [0; 4096]).await, Ok(1..)) {}
    });
    let key = Key::Text("a key".parse().expect("a key"));
    let receiver = Receiver::new(&url, key).expect("a receiver");
    let started = Instant::now();
    let outcome = receiver.deliver(request(), limits(60)).await;
    (outcome, started.elapsed())
}

#[tokio::test]
async fn silence_costs_the_timeout_wherever_it_begins() {
    let late = CallError::Passing("it did not answer within 0.3 s".to_owned());
    for answer in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"rows\":[",
    ] {
        let (outcome, elapsed) = deliver(answer).await;
        assert_eq!(outcome, Err(late.clone()));
        assert!((250..3_000).contains(&elapsed.as_millis()), "{elapsed:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_whole_is_taken_while_the_connection_stays_open() {
    let answer =
        b"HTTP/1.1 200 OK\r\ncontent-length: 43\r\n\r\n{\"rows\":[{\"row\":2,\"outcome\":\"succeeded\"}]} ";
    let (outcome, _) = deliver(answer).await;
    assert_eq!(outcome, Ok(vec![RowOutcome::Succeeded]));
}

#[tokio::test]
async fn nobody_there_is_a_reason_that_may_pass_and_no_time_is_no_call() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let key = Key::Text("a key".parse().expect("a key"));
    let receiver = Receiver::new(&url, key).expect("a receiver");
    for (left, why) in [
        (60, "no connection could be made"),
        (0, "there was no time left"),
    ] {
        let outcome = receiver.deliver(request(), limits(left)).await;
        assert_eq!(outcome, Err(CallError::Passing(why.to_owned())));
    }
}
