//! Bodies that are changed or cut off on their way leave nothing behind.

use aws_sdk_s3::primitives::ByteStream;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::running::{BUCKET, Running};
use crate::service::{bytes, code, for_a_minute, status};

/// Changes a digit of the checksum that follows a body.
async fn corrupt_trailer(request: Request, next: Next) -> Response {
    const TRAILER: &[u8] = b"x-amz-checksum-crc32:";
    let (head, body) = request.into_parts();
    let mut body = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap()
        .to_vec();
    let at = body
        .windows(TRAILER.len())
        .position(|window| window == TRAILER);
    if let Some(at) = at {
        let digit = &mut body[at + TRAILER.len()];
        *digit = if *digit == b'A' { b'B' } else { b'A' };
    }
    next.run(Request::from_parts(head, Body::from(body))).await
}

#[tokio::test]
async fn a_signed_trailer_that_is_changed_on_its_way_leaves_nothing() {
    let corrupting = |router: axum::Router| router.layer(middleware::from_fn(corrupt_trailer));
    let running = Running::start_behind(corrupting).await;
    let file = running.folder.path().join("hello");
    std::fs::write(&file, "hello").unwrap();
    let body = ByteStream::from_path(&file).await.unwrap();
    let put = running
        .client
        .put_object()
        .bucket(BUCKET)
        .key("file")
        .body(body);
    let error = put.send().await.unwrap_err();
    assert_eq!(
        (status(&error), code(&error)),
        (403, "SignatureDoesNotMatch")
    );
    assert!(!running.exists("file").await);
    assert_eq!(running.settled_blobs(0).await, 0);
}

#[tokio::test]
async fn a_body_cut_off_in_the_middle_leaves_nothing() {
    let running = Running::start().await;
    let put = running.client.put_object().bucket(BUCKET).key("file");
    let url = put.presigned(for_a_minute()).await.unwrap();
    let host = running.endpoint.strip_prefix("http://").unwrap();
    let path = url.uri().strip_prefix(&running.endpoint).unwrap();
    let head = format!("PUT {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 3000000\r\n\r\n");

    let mut connection = TcpStream::connect(host).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(&bytes(2_000_000)).await.unwrap();
    // The bytes are being written by now.
    assert_eq!(running.settled_blobs(1).await, 1);
    connection.shutdown().await.unwrap();
    let mut answer = String::new();
    let _ = connection.read_to_string(&mut answer).await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(!running.exists("file").await);
    assert_eq!(running.settled_blobs(0).await, 0);
}
