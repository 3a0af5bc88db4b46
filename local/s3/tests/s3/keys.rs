//! Keys are only names: none of them means anything to the file system.

use std::fs;

use crate::running::{BUCKET, Running, code, status};

#[tokio::test]
async fn odd_keys_come_back_as_they_are() {
    let running = Running::start().await;
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
        running.put(key, key.as_bytes()).await;
    }
    for key in keys {
        assert_eq!(running.get(key).await, key.as_bytes(), "{key}");
    }

    let list = running.client.list_objects_v2().bucket(BUCKET);
    let listed = list.send().await.unwrap();
    let listed: Vec<_> = listed
        .contents()
        .iter()
        .filter_map(|object| object.key())
        .collect();
    let mut expected = keys.to_vec();
    expected.sort_unstable();
    assert_eq!(listed, expected);

    let mut beside: Vec<_> = fs::read_dir(running.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("index.sqlite"))
        .collect();
    beside.sort();
    assert_eq!(beside, ["blobs", "lock"]);
}

#[tokio::test]
async fn a_key_of_more_than_1024_bytes_is_refused() {
    let running = Running::start().await;
    let put = running
        .client
        .put_object()
        .bucket(BUCKET)
        .key("数".repeat(342));
    let error = put.send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (400, "KeyTooLongError"));
}
