//! The CRC64NVME that S3 keeps of every object whose writer named no other checksum.
//!
//! The SDK names CRC32 of its own accord, so most of these write by presigned URLs.

mod parts;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ChecksumType, MetadataDirective};
use reqwest::header::HeaderMap;

use crate::integrity::base64;
use crate::running::{BUCKET, Running, for_a_minute};

/// The published check value of the algorithm: that of "123456789".
const OF_DIGITS: &str = "rosUhgp5mIg=";

impl Running {
    /// Puts an object by a presigned URL with no header but the length, and gives the answer's.
    async fn put_plainly(&self, key: &str, bytes: &[u8]) -> HeaderMap {
        let put = self.client.put_object().bucket(BUCKET).key(key);
        let url = put.presigned(for_a_minute()).await.unwrap();
        put_to(url.uri(), bytes).await
    }

    async fn head_with_checksums(&self, key: &str) -> HeadObjectOutput {
        let head = self.client.head_object().bucket(BUCKET).key(key);
        let head = head.checksum_mode(ChecksumMode::Enabled);
        head.send().await.unwrap()
    }

    /// That the CRC64NVME is told, and no other checksum.
    async fn assert_crc64nvme(&self, key: &str, expected: &str) {
        let head = self.head_with_checksums(key).await;
        assert_eq!(head.checksum_crc64_nvme(), Some(expected));
        assert_eq!(head.checksum_type(), Some(&ChecksumType::FullObject));
        assert_eq!(head.checksum_crc32(), None);
        let get = self.client.get_object().bucket(BUCKET).key(key);
        let get = get.checksum_mode(ChecksumMode::Enabled);
        let get = get.send().await.unwrap();
        assert_eq!(get.checksum_crc64_nvme(), Some(expected));
        assert_eq!(get.checksum_type(), Some(&ChecksumType::FullObject));
        // The SDK compares the checksum as it reads.
        get.body.collect().await.unwrap();
    }

    /// Makes objects and parts look as if a version without these checksums had stored them.
    fn forget_checksums(&self) {
        let index = self.folder.path().join("index.sqlite");
        let index = rusqlite::Connection::open(index).unwrap();
        index
            .execute_batch("UPDATE objects SET checksums = '{}'; UPDATE parts SET checksums = '{}'")
            .unwrap();
    }
}

async fn put_to(url: &str, bytes: &[u8]) -> HeaderMap {
    assert!(!url.to_lowercase().contains("checksum"), "{url}");
    let put = reqwest::Client::new().put(url).body(bytes.to_vec());
    let answer = put.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.headers().clone()
}

#[tokio::test]
async fn a_presigned_put_without_headers_is_told_the_crc64nvme() {
    let running = Running::start().await;
    let answer = running.put_plainly("digits", b"123456789").await;
    assert_eq!(answer["x-amz-checksum-crc64nvme"], OF_DIGITS);
    assert_eq!(answer["x-amz-checksum-type"], "FULL_OBJECT");
    running.assert_crc64nvme("digits", OF_DIGITS).await;

    let running = running.reopen().await;
    running.assert_crc64nvme("digits", OF_DIGITS).await;
}

#[tokio::test]
async fn an_empty_object_has_a_crc64nvme_too() {
    let running = Running::start().await;
    running.put_plainly("empty", b"").await;
    running.assert_crc64nvme("empty", &base64(&[0; 8])).await;
}

#[tokio::test]
async fn checksums_are_told_only_to_those_who_ask() {
    let running = Running::start().await;
    running.put_plainly("digits", b"123456789").await;
    let head = running.client.head_object().bucket(BUCKET).key("digits");
    let head = head.send().await.unwrap();
    assert_eq!(head.checksum_crc64_nvme(), None);
    assert_eq!(head.checksum_type(), None);

    let get = running.client.get_object().bucket(BUCKET).key("digits");
    let url = get.presigned(for_a_minute()).await.unwrap();
    let get = reqwest::Client::new().get(url.uri());
    let quiet = get.try_clone().unwrap().send().await.unwrap();
    assert!(!quiet.headers().contains_key("x-amz-checksum-crc64nvme"));
    let asked = get.header("x-amz-checksum-mode", "ENABLED");
    let asked = asked.send().await.unwrap();
    assert_eq!(asked.headers()["x-amz-checksum-crc64nvme"], OF_DIGITS);
    assert_eq!(asked.headers()["x-amz-checksum-type"], "FULL_OBJECT");
}

#[tokio::test]
async fn a_put_that_names_a_checksum_keeps_that_one_alone() {
    let running = Running::start().await;
    let put = running.client.put_object().bucket(BUCKET).key("file");
    let put = put
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .body(b"123456789".to_vec().into());
    let put = put.send().await.unwrap();
    assert!(put.checksum_sha256().is_some());
    assert_eq!(put.checksum_crc64_nvme(), None);
    let head = running.head_with_checksums("file").await;
    assert_eq!(head.checksum_sha256, put.checksum_sha256);
    assert_eq!(head.checksum_crc64_nvme(), None);
    assert_eq!(head.checksum_type(), Some(&ChecksumType::FullObject));

    let put = running.client.put_object().bucket(BUCKET).key("file");
    let put = put.checksum_algorithm(ChecksumAlgorithm::Crc64Nvme);
    let put = put.body(b"123456789".to_vec().into());
    put.send().await.unwrap();
    running.assert_crc64nvme("file", OF_DIGITS).await;
}

#[tokio::test]
async fn a_range_does_not_carry_the_checksum_of_the_whole_object() {
    let running = Running::start().await;
    running.put_plainly("digits", b"123456789").await;
    for range in ["bytes=2-4", "bytes=0-8", "bytes=-1"] {
        let get = running.client.get_object().bucket(BUCKET).key("digits");
        let get = get.checksum_mode(ChecksumMode::Enabled).range(range);
        let get = get.send().await.unwrap();
        assert_eq!(get.checksum_crc64_nvme(), None, "{range}");
        assert_eq!(get.checksum_type(), None, "{range}");
        get.body.collect().await.unwrap();
    }
}

#[tokio::test]
async fn an_object_of_an_earlier_version_is_read_without_a_checksum_and_copied_with_one() {
    let running = Running::start().await;
    running.put_plainly("digits", b"123456789").await;
    running.forget_checksums();
    let head = running.head_with_checksums("digits").await;
    assert_eq!(head.checksum_crc64_nvme(), None);
    assert_eq!(head.checksum_type(), None);
    assert_eq!(running.get("digits").await, b"123456789");

    for to in ["copy", "digits"] {
        let copy = running.client.copy_object().bucket(BUCKET).key(to);
        let copy = copy.metadata_directive(MetadataDirective::Replace);
        let copy = copy.copy_source("imports/digits").send().await.unwrap();
        let result = copy.copy_object_result().unwrap();
        assert_eq!(result.checksum_crc64_nvme(), Some(OF_DIGITS));
        running.assert_crc64nvme(to, OF_DIGITS).await;
    }
}
