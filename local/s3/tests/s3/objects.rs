//! Writing, reading, copying and deleting single objects.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::running::{BUCKET, Running, bytes, code, status};

#[tokio::test]
async fn what_is_put_comes_back_with_its_headers() {
    let running = Running::start().await;
    let put = running.client.put_object().bucket(BUCKET).key("people.csv");
    let put = put
        .body(b"name,age\n".to_vec().into())
        .content_type("text/csv")
        .content_disposition("attachment; filename=\"people.csv\"")
        .metadata("owner", "Zoë")
        .send()
        .await
        .unwrap();
    assert_eq!(put.e_tag(), Some("\"595ff752abff4fbc41c61bfb9b65ebc5\""));

    let get = running.client.get_object().bucket(BUCKET).key("people.csv");
    let get = get.send().await.unwrap();
    assert_eq!(get.e_tag, put.e_tag);
    assert_eq!(get.content_type(), Some("text/csv"));
    assert_eq!(
        get.content_disposition(),
        Some("attachment; filename=\"people.csv\"")
    );
    assert_eq!(get.content_length(), Some(9));
    assert_eq!(get.body.collect().await.unwrap().to_vec(), b"name,age\n");

    let head = running
        .client
        .head_object()
        .bucket(BUCKET)
        .key("people.csv");
    let head = head.send().await.unwrap();
    assert_eq!(head.content_length(), Some(9));
    assert!(head.metadata().unwrap().contains_key("owner"));
    let age = SystemTime::now()
        .duration_since(SystemTime::try_from(*head.last_modified().unwrap()).unwrap());
    assert!(age.unwrap() < Duration::from_mins(1));
}

#[tokio::test]
async fn the_tag_of_an_object_is_its_md5() {
    let running = Running::start().await;
    assert_eq!(
        running.put("hello", b"hello").await,
        "\"5d41402abc4b2a76b9719d911017c592\""
    );
    assert_eq!(
        running.put("empty", b"").await,
        "\"d41d8cd98f00b204e9800998ecf8427e\""
    );
    assert_eq!(running.get("empty").await, b"");
}

#[tokio::test]
async fn an_object_of_many_pieces_comes_back_whole() {
    let running = Running::start().await;
    let written = bytes(5_000_001);
    running.put("large", &written).await;
    assert!(running.get("large").await == written);
    assert_eq!(running.s3.stats().bytes_sent, 5_000_001);
    assert_eq!(running.s3.stats().requests["GetObject"], 1);
}

#[tokio::test]
async fn ranges_are_cut_exactly() {
    let running = Running::start().await;
    let written = bytes(2_000_000);
    running.put("large", &written).await;
    let cases = [
        ("bytes=0-0", 0..1),
        ("bytes=1048575-1048577", 1_048_575..1_048_578),
        ("bytes=1999990-", 1_999_990..2_000_000),
        ("bytes=1999990-9999999", 1_999_990..2_000_000),
        ("bytes=-5", 1_999_995..2_000_000),
    ];
    for (range, expected) in cases {
        let get = running
            .client
            .get_object()
            .bucket(BUCKET)
            .key("large")
            .range(range);
        let get = get.send().await.unwrap();
        let last = expected.end - 1;
        let content_range = format!("bytes {}-{last}/2000000", expected.start);
        assert_eq!(get.content_range(), Some(content_range.as_str()));
        let body = get.body.collect().await.unwrap().to_vec();
        assert!(body == written[expected], "{range}");
    }

    let behind = running.client.get_object().bucket(BUCKET).key("large");
    let error = behind.range("bytes=2000000-").send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (416, "InvalidRange"));
}

#[tokio::test]
async fn if_match_on_a_replaced_object_is_412() {
    let running = Running::start().await;
    let old = running.put("file", b"old").await;
    let new = running.put("file", b"new").await;

    let get = || running.client.get_object().bucket(BUCKET).key("file");
    let error = get().if_match(&old).send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (412, "PreconditionFailed"));
    assert!(get().if_match(&new).send().await.is_ok());
    // Notifications carry tags without quotes.
    assert!(get().if_match(new.trim_matches('"')).send().await.is_ok());
}

#[tokio::test]
async fn what_a_client_has_already_is_304() {
    let running = Running::start().await;
    let etag = running.put("file", b"bytes").await;
    let get = || running.client.get_object().bucket(BUCKET).key("file");
    let error = get().if_none_match(&etag).send().await.unwrap_err();
    assert_eq!(status(&error), 304);
    let now = DateTime::from(SystemTime::now());
    let error = get().if_modified_since(now).send().await.unwrap_err();
    assert_eq!(status(&error), 304);
}

#[tokio::test]
async fn a_reader_of_a_replaced_object_gets_the_old_one_whole() {
    let running = Running::start().await;
    let old = bytes(20_000_000);
    running.put("file", &old).await;
    let get = running.client.get_object().bucket(BUCKET).key("file");
    let mut reading = get.send().await.unwrap().body;
    let first = reading.next().await.unwrap().unwrap();
    running.put("file", b"new").await;

    let mut read = first.to_vec();
    read.extend(reading.collect().await.unwrap().to_vec());
    assert!(read == old);
    assert_eq!(running.get("file").await, b"new");
    assert_eq!(running.settled_blobs(1).await, 1);
}

#[tokio::test]
async fn a_write_that_must_create_loses_to_the_first() {
    let running = Running::start().await;
    let create = || {
        let put = running.client.put_object().bucket(BUCKET).key("lock");
        put.if_none_match("*").body(b"mine".to_vec().into()).send()
    };
    create().await.unwrap();
    let error = create().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (412, "PreconditionFailed"));
    assert_eq!(running.settled_blobs(1).await, 1);
}

#[tokio::test]
async fn concurrent_puts_of_one_key_leave_one_whole_object() {
    let running = Running::start().await;
    let puts = (0..16u8).map(|writer| {
        let put = running.client.put_object().bucket(BUCKET).key("file");
        put.body(vec![writer; 300_000 + usize::from(writer)].into())
            .send()
    });
    for put in futures::future::join_all(puts).await {
        put.unwrap();
    }
    let read = running.get("file").await;
    let writer = read[0];
    assert!(read == vec![writer; 300_000 + usize::from(writer)]);
    assert_eq!(running.settled_blobs(1).await, 1);
    assert_eq!(running.s3.next_events(100).await.len(), 16);
}

#[tokio::test]
async fn a_deleted_object_is_gone_and_deleting_it_again_is_fine() {
    let running = Running::start().await;
    running.put("file", b"bytes").await;
    for _ in 0..2 {
        let delete = running.client.delete_object().bucket(BUCKET).key("file");
        delete.send().await.unwrap();
    }
    assert!(!running.exists("file").await);
    assert_eq!(running.settled_blobs(0).await, 0);
}

#[tokio::test]
async fn many_objects_are_deleted_at_once() {
    let running = Running::start().await;
    for key in ["a", "b", "c"] {
        running.put(key, key.as_bytes()).await;
    }
    let named = ["a", "b", "missing"].map(|key| ObjectIdentifier::builder().key(key).build());
    let named = named.map(Result::unwrap).to_vec();
    let delete = Delete::builder().set_objects(Some(named)).build().unwrap();
    let request = running
        .client
        .delete_objects()
        .bucket(BUCKET)
        .delete(delete);
    assert_eq!(request.send().await.unwrap().deleted().len(), 3);
    assert!(!running.exists("a").await && !running.exists("b").await);
    assert!(running.exists("c").await);
}
