//! Objects that were uploaded in parts, as they are read.

use super::uploads::{MIB, list_of};
use crate::service::{Service, bytes};

/// An object of parts of 5 MiB and the rest.
pub async fn put_in_parts(s3: &Service, key: &str, bytes: &[u8]) {
    let id = s3.start_upload(key).await;
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(bytes.chunks(5 * MIB)) {
        parts.push(s3.upload_part(key, &id, number, part.to_vec()).await);
    }
    let complete = s3
        .client
        .complete_multipart_upload()
        .bucket(&s3.bucket)
        .key(key);
    let complete = complete.upload_id(&id).multipart_upload(list_of(parts));
    complete.send().await.unwrap();
}

#[tokio::test]
async fn a_range_across_parts_is_cut_exactly() {
    let s3 = Service::start().await;
    let written = bytes(11 * MIB);
    put_in_parts(&s3, "file", &written).await;
    for range in [
        0..1,
        5 * MIB - 1..5 * MIB,
        5 * MIB..5 * MIB + 1,
        5 * MIB - 3..5 * MIB + 3,
        4 * MIB..11 * MIB,
    ] {
        let header = format!("bytes={}-{}", range.start, range.end - 1);
        let get = s3
            .client
            .get_object()
            .bucket(&s3.bucket)
            .key("file")
            .range(header);
        let body = get.send().await.unwrap().body.collect().await.unwrap();
        assert!(body.to_vec() == written[range.clone()], "{range:?}");
    }
}

#[tokio::test]
async fn a_reader_of_a_replaced_object_of_parts_gets_the_old_one_whole() {
    let s3 = Service::start().await;
    let old = bytes(21 * MIB);
    put_in_parts(&s3, "file", &old).await;
    let get = s3.client.get_object().bucket(&s3.bucket).key("file");
    let mut reading = get.send().await.unwrap().body;
    let mut read = reading.next().await.unwrap().unwrap().to_vec();
    s3.put("file", b"new").await;
    assert_eq!(s3.get("file").await, b"new");

    read.extend(reading.collect().await.unwrap().to_vec());
    assert!(read == old);
}
