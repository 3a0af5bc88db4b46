//! What Sluice does not call is refused, and never answered as if it had been done.

use std::time::Duration;

use super::running::{BUCKET, Running};
use crate::service::{code, status};

/// Asserts that a request is refused as one that is not implemented.
macro_rules! assert_refused {
    ($request:expr) => {
        let error = $request.send().await.unwrap_err();
        assert_eq!(status(&error), 501);
        assert!(["NotImplemented", ""].contains(&code(&error)), "{error:?}");
    };
}

#[tokio::test]
async fn operations_headers_and_parameters_that_are_not_called_are_refused() {
    let running = Running::start().await;
    let etag = running.put("file", b"bytes").await;
    let client = &running.client;
    let copy = client.copy_object().bucket(BUCKET).key("to");
    assert_refused!(copy.copy_source("imports/file"));
    assert_refused!(client.list_buckets());
    assert_refused!(client.delete_bucket().bucket(BUCKET));
    let list = || client.list_objects_v2().bucket(BUCKET);
    assert_refused!(list().delimiter("/"));
    assert_refused!(list().start_after("a"));
    let get = || client.get_object().bucket(BUCKET).key("file");
    assert_refused!(get().part_number(1));
    assert_refused!(get().if_unmodified_since(std::time::SystemTime::now().into()));
    let put = || client.put_object().bucket(BUCKET).key("to");
    assert_refused!(put().content_md5("1B2M2Y8AsgTpgAmY7PhCfg=="));
    assert_refused!(put().if_match(&etag));
    assert_refused!(put().if_none_match(&etag));
    assert!(!running.exists("to").await);
    assert_eq!(running.get("file").await, b"bytes");
}

#[tokio::test]
async fn the_current_version_of_an_object_is_not_deleted_by_its_id() {
    let running = Running::start().await;
    let day = Duration::from_hours(24);
    running.s3.keep_replaced(BUCKET, day).unwrap();
    let put = running.client.put_object().bucket(BUCKET).key("file");
    let version = put.send().await.unwrap().version_id.unwrap();
    let delete = running.client.delete_object().bucket(BUCKET).key("file");
    assert_refused!(delete.version_id(version));
}

#[tokio::test]
async fn a_bucket_needs_a_name_that_s3_allows() {
    let running = Running::start().await;
    assert!(running.s3.create_bucket("Not_A_Bucket").is_err());
    running.s3.create_bucket(BUCKET).unwrap();
    running.s3.create_bucket("reports").unwrap();
}
