//! The checksums of objects that were uploaded in parts.

use aws_sdk_s3::operation::upload_part::UploadPartOutput;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedPart};

use super::{OF_DIGITS, put_to};
use crate::integrity::base64;
use crate::running::{BUCKET, Running, bytes, code, for_a_minute, status};
use crate::uploads::{MIB, list_of};

/// The CRC64NVME of `bytes(11 * MIB)`, by a program that shares no code with this one.
const OF_11_MIB: &str = "aylCm6yEQLw=";

impl Running {
    /// Creates an upload, naming an algorithm or none.
    async fn start_upload_with(&self, key: &str, algorithm: Option<ChecksumAlgorithm>) -> String {
        let create = self.client.create_multipart_upload();
        let create = create.bucket(BUCKET).key(key);
        let create = create.set_checksum_algorithm(algorithm);
        create.send().await.unwrap().upload_id.unwrap()
    }

    /// Uploads a part by a presigned URL with no header but the length.
    async fn upload_part_plainly(
        &self,
        (key, id): (&str, &str),
        number: i32,
        bytes: &[u8],
    ) -> CompletedPart {
        let part = self.client.upload_part().bucket(BUCKET).key(key);
        let part = part.upload_id(id).part_number(number);
        let url = part.presigned(for_a_minute()).await.unwrap();
        let answer = put_to(url.uri(), bytes).await;
        CompletedPart::builder()
            .part_number(number)
            .e_tag(answer["etag"].to_str().unwrap())
            .build()
    }

    async fn complete(
        &self,
        (key, id): (&str, &str),
        parts: Vec<CompletedPart>,
    ) -> (Option<String>, Option<ChecksumType>) {
        let complete = self.client.complete_multipart_upload();
        let complete = complete.bucket(BUCKET).key(key).upload_id(id);
        let complete = complete.multipart_upload(list_of(parts));
        let completed = complete.send().await.unwrap();
        (completed.checksum_crc64_nvme, completed.checksum_type)
    }
}

#[tokio::test]
async fn the_same_bytes_have_the_same_crc64nvme_whole_and_in_three_parts() {
    let running = Running::start().await;
    let written = bytes(11 * MIB);
    running.put_plainly("whole", &written).await;
    running.assert_crc64nvme("whole", OF_11_MIB).await;

    let id = running.start_upload_with("parts", None).await;
    let upload = ("parts", id.as_str());
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(written.chunks(5 * MIB)) {
        parts.push(running.upload_part_plainly(upload, number, part).await);
    }
    assert_eq!(parts.len(), 3);
    let (checksum, checksum_type) = running.complete(upload, parts).await;
    assert_eq!(checksum.as_deref(), Some(OF_11_MIB));
    assert_eq!(checksum_type, Some(ChecksumType::FullObject));
    running.assert_crc64nvme("parts", OF_11_MIB).await;
    let running = running.reopen().await;
    running.assert_crc64nvme("parts", OF_11_MIB).await;
}

/// Uploads 11 MiB in three parts as the SDK does, which sends a checksum with each.
async fn upload_by_sdk(
    running: &Running,
    algorithm: Option<ChecksumAlgorithm>,
) -> (String, Vec<UploadPartOutput>) {
    let id = running.start_upload_with("file", algorithm.clone()).await;
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(bytes(11 * MIB).chunks(5 * MIB)) {
        let upload = running.client.upload_part().bucket(BUCKET).key("file");
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
    let running = Running::start().await;
    let (id, parts) = upload_by_sdk(&running, None).await;
    for part in &parts {
        assert!(part.checksum_crc32().is_some() && part.checksum_crc64_nvme().is_none());
    }
    let completed = running.complete(("file", &id), numbered(&parts)).await;
    assert_eq!(completed.0.as_deref(), Some(OF_11_MIB));
    running.assert_crc64nvme("file", OF_11_MIB).await;
}

#[tokio::test]
async fn the_crc64nvme_of_an_upload_that_names_it_is_that_of_the_whole() {
    let running = Running::start().await;
    let (id, parts) = upload_by_sdk(&running, Some(ChecksumAlgorithm::Crc64Nvme)).await;
    let complete = |checksum: &str| {
        let complete = running.client.complete_multipart_upload();
        let complete = complete.bucket(BUCKET).key("file").upload_id(&id);
        let complete = complete.multipart_upload(list_of(numbered(&parts)));
        let complete = complete.checksum_crc64_nvme(checksum);
        complete.checksum_type(ChecksumType::FullObject).send()
    };
    let error = complete(OF_DIGITS).await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (400, "BadDigest"));
    let completed = complete(OF_11_MIB).await.unwrap();
    assert_eq!(completed.checksum_crc64_nvme(), Some(OF_11_MIB));
    running.assert_crc64nvme("file", OF_11_MIB).await;
}

#[tokio::test]
async fn an_upload_that_names_crc32_has_that_of_its_parts() {
    let running = Running::start().await;
    let (id, parts) = upload_by_sdk(&running, Some(ChecksumAlgorithm::Crc32)).await;
    let written = bytes(11 * MIB);
    let of_parts = written.chunks(5 * MIB).map(crc32fast::hash);
    let of_parts: Vec<_> = of_parts.flat_map(u32::to_be_bytes).collect();
    let expected = base64(&crc32fast::hash(&of_parts).to_be_bytes()) + "-3";

    let completed = running.complete(("file", &id), numbered(&parts)).await;
    assert_eq!(completed, (None, Some(ChecksumType::Composite)));
    let head = running.head_with_checksums("file").await;
    assert_eq!(head.checksum_crc32(), Some(expected.as_str()));
    assert_eq!(head.checksum_crc64_nvme(), None);
    assert_eq!(head.checksum_type(), Some(&ChecksumType::Composite));

    // A checksum of parts does not apply to the copy; the one that is kept beside it does.
    let copy = running.client.copy_object().bucket(BUCKET).key("copy");
    copy.copy_source("imports/file").send().await.unwrap();
    running.assert_crc64nvme("copy", OF_11_MIB).await;
}

#[tokio::test]
async fn an_upload_that_an_earlier_version_began_is_completed_with_a_checksum() {
    let running = Running::start().await;
    let id = running.start_upload_with("file", None).await;
    let upload = ("file", id.as_str());
    let written = bytes(11 * MIB);
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(written.chunks(5 * MIB)) {
        parts.push(running.upload_part_plainly(upload, number, part).await);
        if number == 2 {
            running.forget_checksums();
        }
    }
    let completed = running.complete(upload, parts).await;
    assert_eq!(completed.0.as_deref(), Some(OF_11_MIB));
    running.assert_crc64nvme("file", OF_11_MIB).await;
}
