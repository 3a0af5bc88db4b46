//! The checksums of objects that were uploaded in parts.

use aws_sdk_s3::operation::upload_part::UploadPartOutput;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedPart};

use super::checksums::{OF_DIGITS, put_to};
use super::uploads::{MIB, list_of};
use crate::service::base64;
use crate::service::{Service, bytes, code, for_a_minute, status};

/// The CRC64NVME of `bytes(11 * MIB)`, by a program that shares no code with this one.
pub const OF_11_MIB: &str = "aylCm6yEQLw=";

impl Service {
    /// Creates an upload, naming an algorithm or none.
    pub async fn start_upload_with(
        &self,
        key: &str,
        algorithm: Option<ChecksumAlgorithm>,
    ) -> String {
        let create = self.client.create_multipart_upload();
        let create = create.bucket(&self.bucket).key(key);
        let create = create.set_checksum_algorithm(algorithm);
        create.send().await.unwrap().upload_id.unwrap()
    }

    /// Uploads a part by a presigned URL with no header but the length.
    pub async fn upload_part_plainly(
        &self,
        (key, id): (&str, &str),
        number: i32,
        bytes: &[u8],
    ) -> CompletedPart {
        let part = self.client.upload_part().bucket(&self.bucket).key(key);
        let part = part.upload_id(id).part_number(number);
        let url = part.presigned(for_a_minute()).await.unwrap();
        let answer = put_to(url.uri(), bytes).await;
        CompletedPart::builder()
            .part_number(number)
            .e_tag(answer["etag"].to_str().unwrap())
            .build()
    }

    pub async fn complete(
        &self,
        (key, id): (&str, &str),
        parts: Vec<CompletedPart>,
    ) -> (Option<String>, Option<ChecksumType>) {
        let complete = self.client.complete_multipart_upload();
        let complete = complete.bucket(&self.bucket).key(key).upload_id(id);
        let complete = complete.multipart_upload(list_of(parts));
        let completed = complete.send().await.unwrap();
        (completed.checksum_crc64_nvme, completed.checksum_type)
    }
}

#[tokio::test]
async fn the_same_bytes_have_the_same_crc64nvme_whole_and_in_three_parts() {
    let s3 = Service::start().await;
    let written = bytes(11 * MIB);
    s3.put_plainly("whole", &written).await;
    s3.assert_crc64nvme("whole", OF_11_MIB).await;

    let id = s3.start_upload_with("parts", None).await;
    let upload = ("parts", id.as_str());
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(written.chunks(5 * MIB)) {
        parts.push(s3.upload_part_plainly(upload, number, part).await);
    }
    assert_eq!(parts.len(), 3);
    let (checksum, checksum_type) = s3.complete(upload, parts).await;
    assert_eq!(checksum.as_deref(), Some(OF_11_MIB));
    assert_eq!(checksum_type, Some(ChecksumType::FullObject));
    s3.assert_crc64nvme("parts", OF_11_MIB).await;
}

/// Uploads 11 MiB in three parts as the SDK does, which sends a checksum with each.
async fn upload_by_sdk(
    s3: &Service,
    algorithm: Option<ChecksumAlgorithm>,
) -> (String, Vec<UploadPartOutput>) {
    let id = s3.start_upload_with("file", algorithm.clone()).await;
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(bytes(11 * MIB).chunks(5 * MIB)) {
        let upload = s3.client.upload_part().bucket(&s3.bucket).key("file");
        let upload = upload.upload_id(&id).part_number(number);
        let upload = upload.set_checksum_algorithm(algorithm.clone());
        parts.push(upload.body(part.to_vec().into()).send().await.unwrap());
    }
    (id, parts)
}

fn numbered(parts: &[UploadPartOutput]) -> Vec<CompletedPart> {
    let parts = (1..).zip(parts).map(|(number, part)| {
        CompletedPart::builder()
            .part_number(number)
            .set_e_tag(part.e_tag.clone())
            .set_checksum_crc32(part.checksum_crc32.clone())
            .set_checksum_crc64_nvme(part.checksum_crc64_nvme.clone())
            .build()
    });
    parts.collect()
}

#[tokio::test]
async fn an_upload_that_names_no_algorithm_has_a_crc64nvme_whatever_its_parts_have() {
    let s3 = Service::start().await;
    let (id, parts) = upload_by_sdk(&s3, None).await;
    for part in &parts {
        assert!(part.checksum_crc32().is_some() && part.checksum_crc64_nvme().is_none());
    }
    let completed = s3.complete(("file", &id), numbered(&parts)).await;
    assert_eq!(completed.0.as_deref(), Some(OF_11_MIB));
    s3.assert_crc64nvme("file", OF_11_MIB).await;
}

#[tokio::test]
async fn the_crc64nvme_of_an_upload_that_names_it_is_that_of_the_whole() {
    let s3 = Service::start().await;
    let (id, parts) = upload_by_sdk(&s3, Some(ChecksumAlgorithm::Crc64Nvme)).await;
    let complete = |checksum: &str| {
        let complete = s3.client.complete_multipart_upload();
        let complete = complete.bucket(&s3.bucket).key("file").upload_id(&id);
        let complete = complete.multipart_upload(list_of(numbered(&parts)));
        let complete = complete.checksum_crc64_nvme(checksum);
        complete.checksum_type(ChecksumType::FullObject).send()
    };
    let error = complete(OF_DIGITS).await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (400, "BadDigest"));
    let completed = complete(OF_11_MIB).await.unwrap();
    assert_eq!(completed.checksum_crc64_nvme(), Some(OF_11_MIB));
    s3.assert_crc64nvme("file", OF_11_MIB).await;
}

#[tokio::test]
async fn an_upload_that_names_crc32_has_that_of_its_parts() {
    let s3 = Service::start().await;
    let (id, parts) = upload_by_sdk(&s3, Some(ChecksumAlgorithm::Crc32)).await;
    let written = bytes(11 * MIB);
    let of_parts = written.chunks(5 * MIB).map(crc32fast::hash);
    let of_parts: Vec<_> = of_parts.flat_map(u32::to_be_bytes).collect();
    let expected = base64(&crc32fast::hash(&of_parts).to_be_bytes()) + "-3";

    let completed = s3.complete(("file", &id), numbered(&parts)).await;
    assert_eq!(completed, (None, Some(ChecksumType::Composite)));
    let head = s3.head_with_checksums("file").await;
    assert_eq!(head.checksum_crc32(), Some(expected.as_str()));
    assert_eq!(head.checksum_crc64_nvme(), None);
    assert_eq!(head.checksum_type(), Some(&ChecksumType::Composite));
}
