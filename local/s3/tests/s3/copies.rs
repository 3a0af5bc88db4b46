//! Copying objects.

use aws_sdk_s3::types::MetadataDirective;

use crate::running::{BUCKET, Running, code, status};

#[tokio::test]
async fn a_copy_is_an_object_of_its_own() {
    let running = Running::start().await;
    let put = running
        .client
        .put_object()
        .bucket(BUCKET)
        .key("from/ü 1.csv");
    let put = put.content_type("text/csv").body(b"bytes".to_vec().into());
    let etag = put.send().await.unwrap().e_tag;
    let copy = running.client.copy_object().bucket(BUCKET).key("to");
    let copy = copy
        .copy_source("imports/from/%C3%BC%201.csv")
        .send()
        .await
        .unwrap();
    assert_eq!(copy.copy_object_result().unwrap().e_tag, etag);

    let delete = running
        .client
        .delete_object()
        .bucket(BUCKET)
        .key("from/ü 1.csv");
    delete.send().await.unwrap();
    assert_eq!(running.get("to").await, b"bytes");
    let head = running.client.head_object().bucket(BUCKET).key("to");
    assert_eq!(head.send().await.unwrap().content_type(), Some("text/csv"));
    let events = running.s3.next_events(10).await;
    assert_eq!(events[1].event_name, "ObjectCreated:Copy");
}

#[tokio::test]
async fn copying_to_itself_replaces_the_metadata_or_is_refused() {
    let running = Running::start().await;
    running.put("file", b"bytes").await;
    let copy = || {
        let copy = running.client.copy_object().bucket(BUCKET).key("file");
        copy.copy_source("imports/file").metadata("state", "done")
    };
    let error = copy().send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (400, "InvalidRequest"));
    copy()
        .metadata_directive(MetadataDirective::Replace)
        .send()
        .await
        .unwrap();
    let head = running
        .client
        .head_object()
        .bucket(BUCKET)
        .key("file")
        .send()
        .await
        .unwrap();
    assert_eq!(head.metadata().unwrap()["state"], "done");
    assert_eq!(running.get("file").await, b"bytes");
}
