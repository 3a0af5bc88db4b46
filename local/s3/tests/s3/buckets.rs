//! Buckets, and what is said of those and of keys that do not exist.

use crate::running::{BUCKET, Running, code, status};

#[tokio::test]
async fn unknown_buckets_and_keys_are_named_as_such() {
    let running = Running::start().await;
    let get = running.client.get_object().bucket(BUCKET).key("missing");
    let error = get.send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchKey"));
    let put = running.client.put_object().bucket("missing").key("file");
    let error = put.send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchBucket"));
    let list = running.client.list_objects_v2().bucket("missing");
    let error = list.send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (404, "NoSuchBucket"));
}

#[tokio::test]
async fn buckets_are_created_listed_and_deleted_when_empty() {
    let running = Running::start().await;
    let client = &running.client;
    client
        .create_bucket()
        .bucket("reports")
        .send()
        .await
        .unwrap();
    running.s3.create_bucket("reports").unwrap();
    assert!(running.s3.create_bucket("Not_A_Bucket").is_err());
    client.head_bucket().bucket("reports").send().await.unwrap();
    client
        .get_bucket_location()
        .bucket("reports")
        .send()
        .await
        .unwrap();
    let listed = client.list_buckets().send().await.unwrap();
    let names: Vec<_> = listed
        .buckets()
        .iter()
        .filter_map(|bucket| bucket.name())
        .collect();
    assert_eq!(names, [BUCKET, "reports"]);

    running.put("file", b"bytes").await;
    let error = client
        .delete_bucket()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap_err();
    assert_eq!((status(&error), code(&error)), (409, "BucketNotEmpty"));
    client
        .delete_bucket()
        .bucket("reports")
        .send()
        .await
        .unwrap();
    let error = client
        .head_bucket()
        .bucket("reports")
        .send()
        .await
        .unwrap_err();
    assert_eq!(status(&error), 404);
}
