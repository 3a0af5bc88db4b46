//! Writing, reading and deleting single objects.

use std::time::{Duration, SystemTime};

use crate::service::{Service, bytes, code, status};

#[tokio::test]
async fn what_is_put_comes_back_with_its_type() {
    let s3 = Service::start().await;
    let put = s3.client.put_object().bucket(&s3.bucket).key("people.csv");
    let put = put
        .body(b"name,age\n".to_vec().into())
        .content_type("text/csv")
        .send()
        .await
        .unwrap();
    assert_eq!(put.e_tag(), Some("\"595ff752abff4fbc41c61bfb9b65ebc5\""));

    let get = s3.client.get_object().bucket(&s3.bucket).key("people.csv");
    let get = get.send().await.unwrap();
    assert_eq!(get.e_tag, put.e_tag);
    assert_eq!(get.content_type(), Some("text/csv"));
    assert_eq!(get.content_length(), Some(9));
    assert_eq!(get.body.collect().await.unwrap().to_vec(), b"name,age\n");

    let head = s3.client.head_object().bucket(&s3.bucket).key("people.csv");
    let head = head.send().await.unwrap();
    assert_eq!(head.content_length(), Some(9));
    let age = SystemTime::now()
        .duration_since(SystemTime::try_from(*head.last_modified().unwrap()).unwrap());
    assert!(age.unwrap() < Duration::from_mins(1));
}

#[tokio::test]
async fn the_tag_of_an_object_is_its_md5() {
    let s3 = Service::start().await;
    assert_eq!(
        s3.put("hello", b"hello").await,
        "\"5d41402abc4b2a76b9719d911017c592\""
    );
    assert_eq!(
        s3.put("empty", b"").await,
        "\"d41d8cd98f00b204e9800998ecf8427e\""
    );
    assert_eq!(s3.get("empty").await, b"");
}

#[tokio::test]
async fn an_object_of_many_pieces_comes_back_whole() {
    let s3 = Service::start().await;
    let written = bytes(5_000_001);
    s3.put("large", &written).await;
    assert!(s3.get("large").await == written);
}

#[tokio::test]
async fn ranges_are_cut_exactly() {
    let s3 = Service::start().await;
    let written = bytes(2_000_000);
    s3.put("large", &written).await;
    let cases = [
        ("bytes=0-0", 0..1),
        ("bytes=1048575-1048577", 1_048_575..1_048_578),
        ("bytes=1999990-", 1_999_990..2_000_000),
        ("bytes=1999990-9999999", 1_999_990..2_000_000),
        ("bytes=-5", 1_999_995..2_000_000),
    ];
    for (range, expected) in cases {
        let get = s3
            .client
            .get_object()
            .bucket(&s3.bucket)
            .key("large")
            .range(range);
        let get = get.send().await.unwrap();
        let last = expected.end - 1;
        let content_range = format!("bytes {}-{last}/2000000", expected.start);
        assert_eq!(get.content_range(), Some(content_range.as_str()));
        let body = get.body.collect().await.unwrap().to_vec();
        assert!(body == written[expected], "{range}");
    }

    let behind = s3.client.get_object().bucket(&s3.bucket).key("large");
    let error = behind.range("bytes=2000000-").send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (416, "InvalidRange"));
}

#[tokio::test]
async fn if_match_on_a_replaced_object_is_412() {
    let s3 = Service::start().await;
    let old = s3.put("file", b"old").await;
    let new = s3.put("file", b"new").await;

    let get = || s3.client.get_object().bucket(&s3.bucket).key("file");
    let error = get().if_match(&old).send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (412, "PreconditionFailed"));
    assert!(get().if_match(&new).send().await.is_ok());
    // Notifications carry tags without quotes.
    assert!(get().if_match(new.trim_matches('"')).send().await.is_ok());
}

#[tokio::test]
async fn a_reader_of_a_replaced_object_gets_the_old_one_whole() {
    let s3 = Service::start().await;
    let old = bytes(20_000_000);
    s3.put("file", &old).await;
    let get = s3.client.get_object().bucket(&s3.bucket).key("file");
    let mut reading = get.send().await.unwrap().body;
    let first = reading.next().await.unwrap().unwrap();
    s3.put("file", b"new").await;

    let mut read = first.to_vec();
    read.extend(reading.collect().await.unwrap().to_vec());
    assert!(read == old);
    assert_eq!(s3.get("file").await, b"new");
}

#[tokio::test]
async fn a_write_that_must_create_loses_to_the_first() {
    let s3 = Service::start().await;
    let create = || {
        let put = s3.client.put_object().bucket(&s3.bucket).key("lock");
        put.if_none_match("*").body(b"mine".to_vec().into()).send()
    };
    create().await.unwrap();
    let error = create().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (412, "PreconditionFailed"));
}

#[tokio::test]
async fn concurrent_puts_of_one_key_leave_one_whole_object() {
    let s3 = Service::start().await;
    let puts = (0..16u8).map(|writer| {
        let put = s3.client.put_object().bucket(&s3.bucket).key("file");
        put.body(vec![writer; 300_000 + usize::from(writer)].into())
            .send()
    });
    for put in futures::future::join_all(puts).await {
        put.unwrap();
    }
    let read = s3.get("file").await;
    let writer = read[0];
    assert!(read == vec![writer; 300_000 + usize::from(writer)]);
}

#[tokio::test]
async fn a_deleted_object_is_gone_and_deleting_it_again_is_fine() {
    let s3 = Service::start().await;
    s3.put("file", b"bytes").await;
    for _ in 0..2 {
        let delete = s3.client.delete_object().bucket(&s3.bucket).key("file");
        delete.send().await.unwrap();
    }
    assert!(!s3.exists("file").await);
}

#[tokio::test]
async fn unknown_buckets_and_keys_are_named_as_such() {
    let s3 = Service::start().await;
    let get = s3.client.get_object().bucket(&s3.bucket).key("missing");
    let error = get.send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchKey"));
    let put = s3.client.put_object().bucket("sluice-missing").key("file");
    let error = put.send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchBucket"));
    let list = s3.client.list_objects_v2().bucket("sluice-missing");
    let error = list.send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchBucket"));
}
