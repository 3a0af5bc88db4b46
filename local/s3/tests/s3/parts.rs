//! Objects that were uploaded in parts.

use crate::running::{BUCKET, Running, bytes};
use crate::uploads::{MIB, list_of};

#[tokio::test]
async fn the_copy_of_an_upload_has_the_md5_as_its_tag() {
    let running = Running::start().await;
    let id = running.start_upload("file").await;
    let part = running.upload_part("file", &id, 1, b"hello".to_vec()).await;
    let complete = running
        .client
        .complete_multipart_upload()
        .bucket(BUCKET)
        .key("file");
    let complete = complete
        .upload_id(&id)
        .multipart_upload(list_of(vec![part]));
    complete.send().await.unwrap();
    let copy = running
        .client
        .copy_object()
        .bucket(BUCKET)
        .key("copy")
        .copy_source("imports/file");
    let copy = copy.send().await.unwrap().copy_object_result.unwrap();
    assert_eq!(copy.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(running.get("copy").await, b"hello");
}

/// An object of parts of 5 MiB and the rest.
async fn put_in_parts(running: &Running, key: &str, bytes: &[u8]) {
    let id = running.start_upload(key).await;
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(bytes.chunks(5 * MIB)) {
        parts.push(running.upload_part(key, &id, number, part.to_vec()).await);
    }
    let complete = running
        .client
        .complete_multipart_upload()
        .bucket(BUCKET)
        .key(key);
    let complete = complete.upload_id(&id).multipart_upload(list_of(parts));
    complete.send().await.unwrap();
}

#[tokio::test]
async fn a_range_across_parts_is_cut_exactly() {
    let running = Running::start().await;
    let written = bytes(11 * MIB);
    put_in_parts(&running, "file", &written).await;
    for range in [
        0..1,
        5 * MIB - 1..5 * MIB,
        5 * MIB..5 * MIB + 1,
        5 * MIB - 3..5 * MIB + 3,
        4 * MIB..11 * MIB,
    ] {
        let header = format!("bytes={}-{}", range.start, range.end - 1);
        let get = running
            .client
            .get_object()
            .bucket(BUCKET)
            .key("file")
            .range(header);
        let body = get.send().await.unwrap().body.collect().await.unwrap();
        assert!(body.to_vec() == written[range.clone()], "{range:?}");
    }
}

#[tokio::test]
async fn a_reader_of_a_replaced_object_of_parts_gets_the_old_one_whole() {
    let running = Running::start().await;
    let old = bytes(21 * MIB);
    put_in_parts(&running, "file", &old).await;
    let get = running.client.get_object().bucket(BUCKET).key("file");
    let mut reading = get.send().await.unwrap().body;
    let mut read = reading.next().await.unwrap().unwrap().to_vec();
    running.put("file", b"new").await;
    assert_eq!(running.get("file").await, b"new");

    read.extend(reading.collect().await.unwrap().to_vec());
    assert!(read == old);
    assert_eq!(running.settled_blobs(1).await, 1);
}

#[tokio::test]
async fn an_object_of_parts_survives_a_restart_and_leaves_nothing_when_deleted() {
    let running = Running::start().await;
    let written = bytes(11 * MIB);
    put_in_parts(&running, "file", &written).await;
    let copy = running
        .client
        .copy_object()
        .bucket(BUCKET)
        .key("copy")
        .copy_source("imports/file");
    copy.send().await.unwrap();
    let running = running.reopen().await;
    assert!(running.get("file").await == written);
    running
        .client
        .delete_object()
        .bucket(BUCKET)
        .key("file")
        .send()
        .await
        .unwrap();
    assert!(running.get("copy").await == written);
    running
        .client
        .delete_object()
        .bucket(BUCKET)
        .key("copy")
        .send()
        .await
        .unwrap();
    assert_eq!(running.settled_blobs(0).await, 0);
}
