//! No blob is left over, and no key becomes a path.

use std::fs;
use std::time::Duration;

use aws_sdk_s3::types::CompletedPart;

use super::running::{BUCKET, Running};
use crate::contract::parts::put_in_parts;
use crate::contract::uploads::{MIB, list_of};
use crate::service::{base64, bytes};

async fn delete(running: &Running, version_id: Option<String>) {
    let delete = running.client.delete_object().bucket(BUCKET).key("file");
    let delete = delete.set_version_id(version_id);
    delete.send().await.unwrap();
}

#[tokio::test]
async fn a_refused_write_leaves_no_blob() {
    let running = Running::start().await;
    let put = || {
        let put = running.client.put_object().bucket(BUCKET).key("file");
        put.body(b"hello".to_vec().into())
    };
    let wrong = put().checksum_crc32(base64(&[0; 4]));
    assert!(wrong.send().await.is_err());
    assert_eq!(running.settled_blobs(0).await, 0);
    put().if_none_match("*").send().await.unwrap();
    assert!(put().if_none_match("*").send().await.is_err());
    assert_eq!(running.settled_blobs(1).await, 1);
}

#[tokio::test]
async fn a_replaced_object_is_freed_once_nobody_reads_it() {
    let running = Running::start().await;
    put_in_parts(&running, "file", &bytes(21 * MIB)).await;
    assert_eq!(running.settled_blobs(5).await, 5);
    let get = running.client.get_object().bucket(BUCKET).key("file");
    let mut reading = get.send().await.unwrap().body;
    reading.next().await.unwrap().unwrap();
    let puts = (0..16).map(|_| running.put("file", b"new"));
    futures::future::join_all(puts).await;
    reading.collect().await.unwrap();
    assert_eq!(running.settled_blobs(1).await, 1);
    delete(&running, None).await;
    assert_eq!(running.settled_blobs(0).await, 0);
}

#[tokio::test]
async fn parts_that_are_not_used_leave_no_blob() {
    let running = Running::start().await;
    let aborted = running.start_upload("file").await;
    running.upload_part("file", &aborted, 1, vec![1]).await;
    let abort = running.client.abort_multipart_upload().bucket(BUCKET);
    let abort = abort.key("file").upload_id(aborted);
    abort.send().await.unwrap();
    assert_eq!(running.settled_blobs(0).await, 0);

    let id = running.start_upload("file").await;
    running.upload_part("file", &id, 1, vec![1]).await;
    running.upload_part("file", &id, 1, vec![2]).await;
    let used = running.upload_part("file", &id, 2, vec![3]).await;
    complete(&running, &id, vec![used]).await;
    assert_eq!(running.settled_blobs(1).await, 1);
}

async fn complete(running: &Running, id: &str, parts: Vec<CompletedPart>) {
    let complete = running.client.complete_multipart_upload().bucket(BUCKET);
    let complete = complete.key("file").upload_id(id);
    let complete = complete.multipart_upload(list_of(parts));
    complete.send().await.unwrap();
}

#[tokio::test]
async fn a_version_is_freed_when_it_is_deleted_or_its_time_is_over() {
    let running = Running::start().await;
    let keep = |time| running.s3.keep_replaced(BUCKET, time).unwrap();
    running.put("file", b"without versions").await;
    running.put("file", b"without versions").await;
    assert_eq!(running.settled_blobs(1).await, 1);
    keep(Duration::from_hours(24));
    running.put("file", b"one").await;
    assert_eq!(running.settled_blobs(2).await, 2);
    delete(&running, Some("null".to_owned())).await;
    assert_eq!(running.settled_blobs(1).await, 1);

    keep(Duration::ZERO);
    running.put("file", b"two").await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    running.put("file", b"three").await;
    assert_eq!(running.settled_blobs(2).await, 2);
}

#[tokio::test]
async fn keys_mean_nothing_to_the_file_system() {
    let running = Running::start().await;
    for key in ["../x", "../../../../etc/passwd", "/leading", "f", "f/g"] {
        running.put(key, key.as_bytes()).await;
    }
    let beside = fs::read_dir(running.folder.path()).unwrap();
    let mut beside: Vec<_> = beside
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("index.sqlite"))
        .collect();
    beside.sort();
    assert_eq!(beside, ["blobs", "lock"]);
}
