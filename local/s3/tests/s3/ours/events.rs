//! The outbox of object-created events.

use std::time::{Duration, SystemTime};

use super::running::{BUCKET, Running};
use crate::contract::parts::put_in_parts;
use crate::contract::uploads::MIB;
use crate::service::bytes;

#[tokio::test]
async fn an_event_says_what_was_stored() {
    let running = Running::start().await;
    let etag = running.put("导入/a b.csv", b"12345").await;
    let events = running.s3.next_events(10).await;
    let [event] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(event.bucket, BUCKET);
    assert_eq!(event.key, "导入/a b.csv");
    assert_eq!(event.size, 5);
    assert_eq!(format!("\"{}\"", event.etag), etag);
    assert_eq!(event.event_name, "ObjectCreated:Put");
    let age = SystemTime::now().duration_since(event.time).unwrap();
    assert!(age < Duration::from_mins(1));
}

#[tokio::test]
async fn events_survive_a_restart_and_acknowledged_ones_do_not_come_again() {
    let running = Running::start().await;
    for key in ["a", "b", "c"] {
        running.put(key, b"").await;
    }
    let first = running.s3.next_events(1).await;
    assert_eq!(first[0].key, "a");
    running.s3.acknowledge(&[first[0].id]).unwrap();

    let running = running.reopen().await;
    let rest = running.s3.next_events(10).await;
    let keys: Vec<_> = rest.iter().map(|event| event.key.as_str()).collect();
    assert_eq!(keys, ["b", "c"]);
    let ids: Vec<_> = rest.iter().map(|event| event.id).collect();
    running.s3.acknowledge(&ids).unwrap();

    let running = running.reopen().await;
    running.put("d", b"").await;
    let events = running.s3.next_events(10).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].key, "d");
    assert!(events[0].id > ids[1], "an id is never given twice");
}

#[tokio::test]
async fn whoever_waits_is_woken_by_a_put() {
    let running = Running::start().await;
    let (first, second) = (running.s3.clone(), running.s3.clone());
    let waiting = [
        tokio::spawn(async move { first.next_events(1).await }),
        tokio::spawn(async move { second.next_events(1).await }),
    ];
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    running.put("file", b"").await;
    for waiting in waiting {
        let woken = tokio::time::timeout(Duration::from_secs(10), waiting).await;
        assert_eq!(woken.unwrap().unwrap()[0].key, "file");
    }
}

#[tokio::test]
async fn a_later_write_of_a_key_has_the_greater_sequencer() {
    let running = Running::start().await;
    for _ in 0..12 {
        running.put("file", b"").await;
    }
    let events = running.s3.next_events(100).await;
    assert_eq!(events.len(), 12);
    assert!(events.is_sorted_by(|a, b| a.sequencer < b.sequencer));
}

#[tokio::test]
async fn an_object_of_parts_has_one_event() {
    let running = Running::start().await;
    put_in_parts(&running, "file", &bytes(6 * MIB)).await;
    let events = running.s3.next_events(10).await;
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!(event.event_name, "ObjectCreated:CompleteMultipartUpload");
    assert_eq!(event.size, 6 * MIB as u64);
    assert!(event.etag.ends_with("-2"), "{event:?}");
}

#[tokio::test]
async fn an_event_names_the_version_if_the_bucket_keeps_them() {
    let running = Running::start().await;
    running.put("file", b"one").await;
    let day = Duration::from_hours(24);
    running.s3.keep_replaced(BUCKET, day).unwrap();
    let put = running.client.put_object().bucket(BUCKET).key("file");
    let put = put.send().await.unwrap();
    let events = running.s3.next_events(10).await;
    let named: Vec<_> = events.iter().map(|event| &event.version_id).collect();
    assert_eq!(named, [&None, &put.version_id]);
    assert!(put.version_id.is_some());
}

#[tokio::test]
async fn what_is_asked_and_sent_is_counted() {
    let running = Running::start().await;
    running.put("large", &bytes(5_000_001)).await;
    running.get("large").await;
    assert_eq!(running.s3.stats().bytes_sent, 5_000_001);
    assert_eq!(running.s3.stats().requests["GetObject"], 1);
}
