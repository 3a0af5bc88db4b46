//! Bodies that are not what was announced leave nothing behind.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::running::{BUCKET, Running, bytes, code, for_a_minute, status};
use crate::signing;

/// Base64 as headers carry it.
pub fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

impl Running {
    async fn assert_nothing_remains(&self) {
        assert!(!self.exists("file").await);
        assert_eq!(self.settled_blobs(0).await, 0);
    }
}

#[tokio::test]
async fn a_wrong_md5_leaves_nothing() {
    let running = Running::start().await;
    let put = |md5: &str| {
        let put = running.client.put_object().bucket(BUCKET).key("file");
        put.content_md5(md5).body(b"hello".to_vec().into()).send()
    };
    let error = put("1B2M2Y8AsgTpgAmY7PhCfg==").await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (400, "BadDigest"));
    let error = put("hello").await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (400, "InvalidDigest"));
    running.assert_nothing_remains().await;
    put("XUFAKrxLKna5cZ2REBfFkg==").await.unwrap();
}

#[tokio::test]
async fn a_wrong_checksum_in_a_header_leaves_nothing() {
    let running = Running::start().await;
    let put = || {
        let put = running.client.put_object().bucket(BUCKET).key("file");
        put.body(b"hello".to_vec().into())
    };
    let wrong = [
        put().checksum_crc32(base64(&[0; 4])),
        put().checksum_crc32_c(base64(&[0; 4])),
        put().checksum_crc64_nvme(base64(&[0; 8])),
        put().checksum_sha1(base64(&[0; 20])),
        put().checksum_sha256(base64(&[0; 32])),
    ];
    for put in wrong {
        let error = put.send().await.unwrap_err();
        assert_eq!((status(&error), code(&error)), (400, "BadDigest"));
    }
    running.assert_nothing_remains().await;
    let right = base64(&crc32fast::hash(b"hello").to_be_bytes());
    let stored = put().checksum_crc32(&right).send().await.unwrap();
    assert_eq!(stored.checksum_crc32(), Some(right.as_str()));
}

#[tokio::test]
async fn every_checksum_the_sdk_computes_is_accepted_and_given_back() {
    let running = Running::start().await;
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let put = running.client.put_object().bucket(BUCKET).key("file");
        let put = put
            .checksum_algorithm(algorithm)
            .body(bytes(3_000_000).into());
        put.send().await.unwrap();
        // The SDK asks for the checksum and compares it.
        assert!(running.get("file").await == bytes(3_000_000));
    }
}

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
    running.assert_nothing_remains().await;
}

#[tokio::test]
async fn a_wrong_or_missing_checksum_in_a_trailer_leaves_nothing() {
    let running = Running::start().await;
    let url = format!("{}/{BUCKET}/file", running.endpoint);
    let put = |trailer: String| {
        let headers = [
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "5"),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
        ];
        let headers = signing::headers("PUT", &url, &headers, "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        let body = format!("5\r\nhello\r\n0\r\n{trailer}\r\n");
        reqwest::Client::new()
            .put(&url)
            .headers(headers)
            .body(body)
            .send()
    };
    let trailer = |crc32: u32| {
        let value = base64(&crc32.to_be_bytes());
        format!("x-amz-checksum-crc32:{value}\r\n")
    };
    let right = crc32fast::hash(b"hello");
    for (trailer, code) in [
        (trailer(right ^ 1), "BadDigest"),
        (String::new(), "MalformedTrailerError"),
    ] {
        let answer = put(trailer).await.unwrap();
        assert_eq!(answer.status(), 400);
        let text = answer.text().await.unwrap();
        assert!(text.contains(&format!("<Code>{code}</Code>")), "{text}");
        running.assert_nothing_remains().await;
    }
    assert_eq!(put(trailer(right)).await.unwrap().status(), 200);
    assert_eq!(running.get("file").await, b"hello");
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
    running.assert_nothing_remains().await;
}

#[tokio::test]
async fn a_cut_off_replacement_leaves_the_old_object() {
    let running = Running::start().await;
    running.put("file", b"old").await;
    let put = running.client.put_object().bucket(BUCKET).key("file");
    let url = put.presigned(for_a_minute()).await.unwrap();
    let pieces = futures::stream::iter([Ok(bytes(2_000_000)), Err(std::io::Error::other("cut"))]);
    let put = reqwest::Client::new()
        .put(url.uri())
        .header("content-length", 3_000_000);
    let sent = put.body(reqwest::Body::wrap_stream(pieces)).send().await;
    assert!(sent.is_err());
    assert_eq!(running.settled_blobs(1).await, 1);
    assert_eq!(running.get("file").await, b"old");
    assert_eq!(running.s3.next_events(10).await.len(), 1);
}
