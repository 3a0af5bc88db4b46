//! Bodies that are not what was announced leave nothing behind.

use aws_sdk_s3::types::ChecksumAlgorithm;

use crate::service::{Service, base64, bytes, code, for_a_minute, status};
use crate::signing;

#[tokio::test]
async fn a_wrong_checksum_in_a_header_leaves_nothing() {
    let s3 = Service::start().await;
    let put = || {
        let put = s3.client.put_object().bucket(&s3.bucket).key("file");
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
    assert!(!s3.exists("file").await);
    let right = base64(&crc32fast::hash(b"hello").to_be_bytes());
    put().checksum_crc32(&right).send().await.unwrap();
}

#[tokio::test]
async fn every_checksum_the_sdk_computes_is_accepted_and_given_back() {
    let s3 = Service::start().await;
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let put = s3.client.put_object().bucket(&s3.bucket).key("file");
        let put = put
            .checksum_algorithm(algorithm)
            .body(bytes(3_000_000).into());
        put.send().await.unwrap();
        // The SDK asks for the checksum and compares it.
        assert!(s3.get("file").await == bytes(3_000_000));
    }
}

impl Service {
    /// Puts "hello" to the key "file" with these lines after it.
    async fn put_with_trailer(&self, trailer: &str) -> (u16, String) {
        let url = self.url("file");
        let headers = [
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "5"),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
        ];
        let headers = signing::headers("PUT", &url, &headers, "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        let put = reqwest::Client::new().put(&url).headers(headers);
        let body = format!("5\r\nhello\r\n0\r\n{trailer}\r\n");
        let answer = put.body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

fn trailer(crc32: u32) -> String {
    let value = base64(&crc32.to_be_bytes());
    format!("x-amz-checksum-crc32:{value}\r\n")
}

#[tokio::test]
async fn a_wrong_checksum_in_a_trailer_leaves_nothing() {
    let s3 = Service::start().await;
    let right = crc32fast::hash(b"hello");
    let (status, text) = s3.put_with_trailer(&trailer(right ^ 1)).await;
    assert_eq!(status, 400);
    assert!(text.contains("<Code>BadDigest</Code>"), "{text}");
    assert!(!s3.exists("file").await);
    assert_eq!(s3.put_with_trailer(&trailer(right)).await.0, 200);
    assert_eq!(s3.get("file").await, b"hello");
}

#[tokio::test]
async fn a_missing_trailer_is_malformed() {
    let s3 = Service::start().await;
    let (status, text) = s3.put_with_trailer("").await;
    assert_eq!(status, 400);
    let code = "<Code>MalformedTrailerError</Code>";
    assert!(text.contains(code), "{text}");
    assert!(!s3.exists("file").await);
}

#[tokio::test]
async fn a_cut_off_replacement_leaves_the_old_object() {
    let s3 = Service::start().await;
    s3.put("file", b"old").await;
    let put = s3.client.put_object().bucket(&s3.bucket).key("file");
    let url = put.presigned(for_a_minute()).await.unwrap();
    let pieces = futures::stream::iter([Ok(bytes(2_000_000)), Err(std::io::Error::other("cut"))]);
    let put = reqwest::Client::new()
        .put(url.uri())
        .header("content-length", 3_000_000);
    let sent = put.body(reqwest::Body::wrap_stream(pieces)).send().await;
    assert!(sent.is_err());
    assert_eq!(s3.get("file").await, b"old");
}
