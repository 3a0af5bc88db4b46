//! Multipart uploads, by the SDK and by presigned URLs alone.

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, Part};

use crate::integrity::base64;
use crate::running::{BUCKET, Running, bytes, code, status};

pub const MIB: usize = 1024 * 1024;

impl Running {
    pub async fn start_upload(&self, key: &str) -> String {
        let create = self
            .client
            .create_multipart_upload()
            .bucket(BUCKET)
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
            .bucket(BUCKET)
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
    let running = Running::start().await;
    let written = bytes(12 * MIB);
    let id = running.start_upload("large.csv").await;
    let mut parts = Vec::new();
    // Out of order, and one of them twice.
    for (number, range) in [
        (9, 10 * MIB..12 * MIB),
        (1, 5 * MIB..10 * MIB),
        (3, 5 * MIB..10 * MIB),
        (1, 0..5 * MIB),
    ] {
        let part = running
            .upload_part("large.csv", &id, number, written[range].to_vec())
            .await;
        parts.retain(|other: &CompletedPart| other.part_number() != Some(number));
        parts.push(part);
    }
    parts.sort_by_key(CompletedPart::part_number);

    let listed = running
        .client
        .list_parts()
        .bucket(BUCKET)
        .key("large.csv")
        .upload_id(&id);
    let listed = listed.max_parts(2).send().await.unwrap();
    let numbers: Vec<_> = listed
        .parts()
        .iter()
        .filter_map(Part::part_number)
        .collect();
    assert_eq!(numbers, [1, 3]);
    assert_eq!(listed.is_truncated(), Some(true));
    assert!(!running.exists("large.csv").await);

    let complete = || {
        let complete = running.client.complete_multipart_upload().bucket(BUCKET);
        let complete = complete.key("large.csv").upload_id(&id);
        complete.multipart_upload(list_of(parts.clone())).send()
    };
    let etag = complete().await.unwrap().e_tag.unwrap();
    assert!(etag.ends_with("-3\""), "{etag}");
    assert!(running.get("large.csv").await == written);
    let head = running
        .client
        .head_object()
        .bucket(BUCKET)
        .key("large.csv")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_type(), Some("text/csv"));
    assert_eq!(running.settled_blobs(3).await, 3);

    let events = running.s3.next_events(10).await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        events[0].event_name,
        "ObjectCreated:CompleteMultipartUpload"
    );
    assert_eq!(
        (events[0].size, format!("\"{}\"", events[0].etag)),
        (12 * MIB as u64, etag.clone())
    );

    // A client that lost the answer asks again; nothing happens twice.
    assert_eq!(complete().await.unwrap().e_tag, Some(etag));
    assert_eq!(running.s3.next_events(10).await.len(), 1);
}

#[tokio::test]
async fn an_upload_is_not_completed_with_a_wrong_list() {
    let running = Running::start().await;
    let id = running.start_upload("file").await;
    let first = running.upload_part("file", &id, 1, vec![1; MIB]).await;
    let second = running.upload_part("file", &id, 2, vec![2; MIB]).await;
    let unknown = CompletedPart::builder()
        .part_number(3)
        .e_tag("\"00\"")
        .build();
    let mistaken = CompletedPart::builder()
        .part_number(1)
        .e_tag(second.e_tag().unwrap())
        .build();
    let cases = [
        (vec![first.clone(), second.clone()], "EntityTooSmall"),
        (vec![second.clone(), first.clone()], "InvalidPartOrder"),
        (vec![unknown], "InvalidPart"),
        (vec![mistaken], "InvalidPart"),
        (vec![], "MalformedXML"),
    ];
    for (parts, expected) in cases {
        let complete = running
            .client
            .complete_multipart_upload()
            .bucket(BUCKET)
            .key("file");
        let complete = complete.upload_id(&id).multipart_upload(list_of(parts));
        let error = complete.send().await.unwrap_err();
        assert_eq!((status(&error), code(&error)), (400, expected));
    }
    assert!(!running.exists("file").await);

    // The upload is still there: its last part may be small.
    let complete = running
        .client
        .complete_multipart_upload()
        .bucket(BUCKET)
        .key("file");
    let complete = complete
        .upload_id(&id)
        .multipart_upload(list_of(vec![second]));
    complete.send().await.unwrap();
    assert_eq!(running.get("file").await, vec![2; MIB]);
    assert_eq!(running.settled_blobs(1).await, 1);
}

#[tokio::test]
async fn a_checksum_of_the_whole_object_is_verified() {
    let running = Running::start().await;
    let written = bytes(6 * MIB);
    let id = running.start_upload("file").await;
    let parts = vec![
        running
            .upload_part("file", &id, 1, written[..5 * MIB].to_vec())
            .await,
        running
            .upload_part("file", &id, 2, written[5 * MIB..].to_vec())
            .await,
    ];
    let complete = |checksum: u32| {
        let complete = running
            .client
            .complete_multipart_upload()
            .bucket(BUCKET)
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
    assert!(!running.exists("file").await);
    complete(right).await.unwrap();
    assert!(running.get("file").await == written);
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let running = Running::start().await;
    let id = running.start_upload("file").await;
    let part = running.upload_part("file", &id, 1, vec![1; MIB]).await;
    let abort = || {
        running
            .client
            .abort_multipart_upload()
            .bucket(BUCKET)
            .key("file")
            .upload_id(&id)
    };
    abort().send().await.unwrap();
    assert_eq!(running.settled_blobs(0).await, 0);

    let error = abort().send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchUpload"));
    let upload = running
        .client
        .upload_part()
        .bucket(BUCKET)
        .key("file")
        .upload_id(&id);
    let error = upload
        .part_number(1)
        .body(vec![1].into())
        .send()
        .await
        .unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchUpload"));
    let complete = running
        .client
        .complete_multipart_upload()
        .bucket(BUCKET)
        .key("file");
    let complete = complete
        .upload_id(&id)
        .multipart_upload(list_of(vec![part]));
    let error = complete.send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchUpload"));
}

#[tokio::test]
async fn an_upload_goes_on_after_a_restart() {
    let running = Running::start().await;
    let id = running.start_upload("file").await;
    let first = running.upload_part("file", &id, 1, vec![1; 5 * MIB]).await;
    let running = running.reopen().await;
    let second = running.upload_part("file", &id, 2, vec![2; 10]).await;
    let complete = running
        .client
        .complete_multipart_upload()
        .bucket(BUCKET)
        .key("file");
    let complete = complete
        .upload_id(&id)
        .multipart_upload(list_of(vec![first, second]));
    complete.send().await.unwrap();
    assert_eq!(running.get("file").await.len(), 5 * MIB + 10);
}
