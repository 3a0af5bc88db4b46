//! Multipart uploads, by the SDK and by presigned URLs alone.

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use crate::service::base64;
use crate::service::{Service, bytes, code, status};

pub const MIB: usize = 1024 * 1024;

impl Service {
    pub async fn start_upload(&self, key: &str) -> String {
        let create = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key);
        let create = create.content_type("text/csv").send().await.unwrap();
        create.upload_id.unwrap()
    }

    pub async fn upload_part(
        &self,
        key: &str,
        id: &str,
        number: i32,
        bytes: Vec<u8>,
    ) -> CompletedPart {
        let upload = self
            .client
            .upload_part()
            .bucket(&self.bucket)
            .key(key)
            .upload_id(id);
        let upload = upload
            .part_number(number)
            .body(bytes.into())
            .send()
            .await
            .unwrap();
        let part = CompletedPart::builder().part_number(number);
        part.set_e_tag(upload.e_tag)
            .set_checksum_crc32(upload.checksum_crc32)
            .build()
    }
}

pub fn list_of(parts: Vec<CompletedPart>) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder()
        .set_parts(Some(parts))
        .build()
}

#[tokio::test]
async fn parts_become_one_object() {
    let s3 = Service::start().await;
    let written = bytes(12 * MIB);
    let id = s3.start_upload("large.csv").await;
    let mut parts = Vec::new();
    // Out of order, and one of them twice.
    for (number, range) in [
        (9, 10 * MIB..12 * MIB),
        (1, 5 * MIB..10 * MIB),
        (3, 5 * MIB..10 * MIB),
        (1, 0..5 * MIB),
    ] {
        let part = s3
            .upload_part("large.csv", &id, number, written[range].to_vec())
            .await;
        parts.retain(|other: &CompletedPart| other.part_number() != Some(number));
        parts.push(part);
    }
    parts.sort_by_key(CompletedPart::part_number);

    assert!(!s3.exists("large.csv").await);

    let complete = || {
        let complete = s3.client.complete_multipart_upload().bucket(&s3.bucket);
        let complete = complete.key("large.csv").upload_id(&id);
        complete.multipart_upload(list_of(parts.clone())).send()
    };
    let etag = complete().await.unwrap().e_tag.unwrap();
    assert!(etag.ends_with("-3\""), "{etag}");
    assert!(s3.get("large.csv").await == written);
    let head = s3
        .client
        .head_object()
        .bucket(&s3.bucket)
        .key("large.csv")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_type(), Some("text/csv"));

    // A client that lost the answer asks again; nothing happens twice.
    assert_eq!(complete().await.unwrap().e_tag, Some(etag));
}

#[tokio::test]
async fn every_part_but_the_last_has_at_least_5_mib() {
    let s3 = Service::start().await;
    let id = s3.start_upload("file").await;
    let first = s3.upload_part("file", &id, 1, vec![1; MIB]).await;
    let second = s3.upload_part("file", &id, 2, vec![2; MIB]).await;
    let complete = s3.client.complete_multipart_upload().bucket(&s3.bucket);
    let complete = complete.key("file").upload_id(&id);
    let complete = complete.multipart_upload(list_of(vec![first, second]));
    let error = complete.send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (400, "EntityTooSmall"));
}

#[tokio::test]
async fn an_upload_is_not_completed_with_a_wrong_list() {
    let s3 = Service::start().await;
    let id = s3.start_upload("file").await;
    let first = s3.upload_part("file", &id, 1, vec![1; MIB]).await;
    let second = s3.upload_part("file", &id, 2, vec![2; MIB]).await;
    let unknown = CompletedPart::builder()
        .part_number(3)
        .e_tag("\"00\"")
        .build();
    let mistaken = CompletedPart::builder()
        .part_number(1)
        .e_tag(second.e_tag().unwrap())
        .build();
    let cases = [
        (vec![second.clone(), first.clone()], "InvalidPartOrder"),
        (vec![unknown], "InvalidPart"),
        (vec![mistaken], "InvalidPart"),
        (vec![], "MalformedXML"),
    ];
    for (parts, expected) in cases {
        let complete = s3
            .client
            .complete_multipart_upload()
            .bucket(&s3.bucket)
            .key("file");
        let complete = complete.upload_id(&id).multipart_upload(list_of(parts));
        let error = complete.send().await.unwrap_err();
        assert_eq!((status(&error), code(&error)), (400, expected));
    }
    assert!(!s3.exists("file").await);

    // The upload is still there: its last part may be small.
    let complete = s3
        .client
        .complete_multipart_upload()
        .bucket(&s3.bucket)
        .key("file");
    let complete = complete
        .upload_id(&id)
        .multipart_upload(list_of(vec![second]));
    complete.send().await.unwrap();
    assert_eq!(s3.get("file").await, vec![2; MIB]);
}

#[tokio::test]
async fn a_checksum_of_the_whole_object_is_verified() {
    let s3 = Service::start().await;
    let written = bytes(6 * MIB);
    let id = s3.start_upload("file").await;
    let parts = vec![
        s3.upload_part("file", &id, 1, written[..5 * MIB].to_vec())
            .await,
        s3.upload_part("file", &id, 2, written[5 * MIB..].to_vec())
            .await,
    ];
    let complete = |checksum: u32| {
        let complete = s3
            .client
            .complete_multipart_upload()
            .bucket(&s3.bucket)
            .key("file");
        let complete = complete
            .upload_id(&id)
            .multipart_upload(list_of(parts.clone()));
        let checksum = base64(&checksum.to_be_bytes());
        complete.checksum_crc32(checksum).send()
    };
    let right = crc32fast::hash(&written);
    let error = complete(right ^ 1).await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (400, "BadDigest"));
    assert!(!s3.exists("file").await);
    complete(right).await.unwrap();
    assert!(s3.get("file").await == written);
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let s3 = Service::start().await;
    let id = s3.start_upload("file").await;
    let part = s3.upload_part("file", &id, 1, vec![1; MIB]).await;
    let abort = || {
        s3.client
            .abort_multipart_upload()
            .bucket(&s3.bucket)
            .key("file")
            .upload_id(&id)
    };
    abort().send().await.unwrap();

    let error = abort().send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchUpload"));
    let upload = s3
        .client
        .upload_part()
        .bucket(&s3.bucket)
        .key("file")
        .upload_id(&id);
    let error = upload
        .part_number(1)
        .body(vec![1].into())
        .send()
        .await
        .unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchUpload"));
    let complete = s3
        .client
        .complete_multipart_upload()
        .bucket(&s3.bucket)
        .key("file");
    let complete = complete
        .upload_id(&id)
        .multipart_upload(list_of(vec![part]));
    let error = complete.send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchUpload"));
}
