//! Keys are only names.

use crate::service::{Service, code, status};

#[tokio::test]
async fn odd_keys_come_back_as_they_are() {
    let s3 = Service::start().await;
    let longest = "k".repeat(1024);
    let many_bytes = "数".repeat(341);
    let keys = [
        "../x",
        "../../../../etc/passwd",
        "/leading",
        "//",
        ".",
        "..",
        "trailing/",
        "f",
        "f/g",
        "f/g/h",
        "a b+c&d=e?f#g%20h",
        "percent%2Fencoded",
        "导入/人员 名单.csv",
        "emoji 🙂",
        "back\\slash",
        "quote'\"<>&",
        "con.txt",
        &"n".repeat(1000),
        &longest,
        &many_bytes,
    ];
    for key in keys {
        s3.put(key, key.as_bytes()).await;
    }
    for key in keys {
        assert_eq!(s3.get(key).await, key.as_bytes(), "{key}");
    }

    let list = s3.client.list_objects_v2().bucket(&s3.bucket);
    let listed = list.send().await.unwrap();
    let listed: Vec<_> = listed
        .contents()
        .iter()
        .filter_map(|object| object.key())
        .collect();
    let mut expected = keys.to_vec();
    expected.sort_unstable();
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn a_key_of_more_than_1024_bytes_is_refused() {
    let s3 = Service::start().await;
    let put = s3
        .client
        .put_object()
        .bucket(&s3.bucket)
        .key("数".repeat(342));
    let error = put.send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (400, "KeyTooLongError"));
}
