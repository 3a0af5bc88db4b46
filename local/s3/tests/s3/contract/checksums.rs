//! The CRC64NVME that S3 keeps of every object whose writer named no other checksum.
//!
//! The SDK names CRC32 of its own accord, so most of these write by presigned URLs.

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ChecksumType};
use reqwest::header::HeaderMap;

use crate::service::base64;
use crate::service::{Service, for_a_minute};

/// The published check value of the algorithm: that of "123456789".
pub const OF_DIGITS: &str = "rosUhgp5mIg=";

impl Service {
    /// Puts an object by a presigned URL with no header but the length, and gives the answer's.
    pub async fn put_plainly(&self, key: &str, bytes: &[u8]) -> HeaderMap {
        let put = self.client.put_object().bucket(&self.bucket).key(key);
        let url = put.presigned(for_a_minute()).await.unwrap();
        put_to(url.uri(), bytes).await
    }

    pub async fn head_with_checksums(&self, key: &str) -> HeadObjectOutput {
        let head = self.client.head_object().bucket(&self.bucket).key(key);
        let head = head.checksum_mode(ChecksumMode::Enabled);
        head.send().await.unwrap()
    }

    /// That the CRC64NVME is told, and no other checksum.
    pub async fn assert_crc64nvme(&self, key: &str, expected: &str) {
        let head = self.head_with_checksums(key).await;
        assert_eq!(head.checksum_crc64_nvme(), Some(expected));
        assert_eq!(head.checksum_type(), Some(&ChecksumType::FullObject));
        assert_eq!(head.checksum_crc32(), None);
        let get = self.client.get_object().bucket(&self.bucket).key(key);
        let get = get.checksum_mode(ChecksumMode::Enabled);
        let get = get.send().await.unwrap();
        assert_eq!(get.checksum_crc64_nvme(), Some(expected));
        assert_eq!(get.checksum_type(), Some(&ChecksumType::FullObject));
        // The SDK compares the checksum as it reads.
        get.body.collect().await.unwrap();
    }
}

pub async fn put_to(url: &str, bytes: &[u8]) -> HeaderMap {
    assert!(!url.to_lowercase().contains("checksum"), "{url}");
    let put = reqwest::Client::new().put(url).body(bytes.to_vec());
    let answer = put.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.headers().clone()
}

#[tokio::test]
async fn a_presigned_put_without_headers_is_told_the_crc64nvme() {
    let s3 = Service::start().await;
    let answer = s3.put_plainly("digits", b"123456789").await;
    assert_eq!(answer["x-amz-checksum-crc64nvme"], OF_DIGITS);
    assert_eq!(answer["x-amz-checksum-type"], "FULL_OBJECT");
    s3.assert_crc64nvme("digits", OF_DIGITS).await;
}

#[tokio::test]
async fn an_empty_object_has_a_crc64nvme_too() {
    let s3 = Service::start().await;
    s3.put_plainly("empty", b"").await;
    s3.assert_crc64nvme("empty", &base64(&[0; 8])).await;
}

#[tokio::test]
async fn checksums_are_told_only_to_those_who_ask() {
    let s3 = Service::start().await;
    s3.put_plainly("digits", b"123456789").await;
    let head = s3.client.head_object().bucket(&s3.bucket).key("digits");
    let head = head.send().await.unwrap();
    assert_eq!(head.checksum_crc64_nvme(), None);
    assert_eq!(head.checksum_type(), None);

    let get = s3.client.get_object().bucket(&s3.bucket).key("digits");
    let url = get.presigned(for_a_minute()).await.unwrap();
    let quiet = reqwest::get(url.uri()).await.unwrap();
    assert!(!quiet.headers().contains_key("x-amz-checksum-crc64nvme"));
    let asked = s3.head_with_checksums("digits").await;
    assert_eq!(asked.checksum_crc64_nvme(), Some(OF_DIGITS));
    assert_eq!(asked.checksum_type(), Some(&ChecksumType::FullObject));
}

#[tokio::test]
async fn a_put_that_names_a_checksum_keeps_that_one_alone() {
    let s3 = Service::start().await;
    let put = s3.client.put_object().bucket(&s3.bucket).key("file");
    let put = put
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .body(b"123456789".to_vec().into());
    let put = put.send().await.unwrap();
    assert!(put.checksum_sha256().is_some());
    assert_eq!(put.checksum_crc64_nvme(), None);
    let head = s3.head_with_checksums("file").await;
    assert_eq!(head.checksum_sha256, put.checksum_sha256);
    assert_eq!(head.checksum_crc64_nvme(), None);
    assert_eq!(head.checksum_type(), Some(&ChecksumType::FullObject));

    let put = s3.client.put_object().bucket(&s3.bucket).key("file");
    let put = put.checksum_algorithm(ChecksumAlgorithm::Crc64Nvme);
    let put = put.body(b"123456789".to_vec().into());
    put.send().await.unwrap();
    s3.assert_crc64nvme("file", OF_DIGITS).await;
}

#[tokio::test]
async fn a_range_does_not_carry_the_checksum_of_the_whole_object() {
    let s3 = Service::start().await;
    s3.put_plainly("digits", b"123456789").await;
    for range in ["bytes=2-4", "bytes=0-8", "bytes=-1"] {
        let get = s3.client.get_object().bucket(&s3.bucket).key("digits");
        let get = get.checksum_mode(ChecksumMode::Enabled).range(range);
        let get = get.send().await.unwrap();
        assert_eq!(get.checksum_crc64_nvme(), None, "{range}");
        assert_eq!(get.checksum_type(), None, "{range}");
        get.body.collect().await.unwrap();
    }
}
