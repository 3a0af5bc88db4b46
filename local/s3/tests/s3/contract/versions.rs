//! Buckets that keep objects which were replaced or deleted.

use crate::service::{Service, code, status};

/// Puts an object. The id of its version.
async fn put(s3: &Service, bytes: &[u8]) -> Option<String> {
    let put = s3.client.put_object().bucket(&s3.bucket).key("file");
    let put = put.body(bytes.to_vec().into()).send().await.unwrap();
    put.version_id
}

/// A version's bytes, or the code of the refusal.
async fn get(s3: &Service, version_id: &str) -> Result<Vec<u8>, String> {
    let get = s3.client.get_object().bucket(&s3.bucket).key("file");
    match get.version_id(version_id).send().await {
        Ok(object) => {
            assert_eq!(object.version_id.as_deref(), Some(version_id));
            Ok(object.body.collect().await.unwrap().to_vec())
        }
        Err(error) => Err(code(&error).to_owned()),
    }
}

/// Deletes the object, or a version of it.
async fn delete(s3: &Service, version_id: Option<&str>) -> Result<(), String> {
    let delete = s3.client.delete_object().bucket(&s3.bucket).key("file");
    let deleted = delete.set_version_id(version_id.map(str::to_owned));
    match deleted.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(code(&error).to_owned()),
    }
}

#[tokio::test]
async fn each_version_can_be_read() {
    let s3 = Service::start().await;
    s3.keep_versions().await;
    let first = put(&s3, b"one").await.unwrap();
    let second = put(&s3, b"three").await.unwrap();
    assert_eq!(s3.get("file").await, b"three");
    assert_eq!(get(&s3, &first).await.unwrap(), b"one");
    assert_eq!(get(&s3, &second).await.unwrap(), b"three");
    assert_eq!(get(&s3, "other").await.unwrap_err(), "NoSuchVersion");
    let head = s3.client.head_object().bucket(&s3.bucket).key("file");
    let head = head.version_id(&first).send().await.unwrap();
    assert_eq!(head.content_length, Some(3));
    let head = s3.client.head_object().bucket(&s3.bucket).key("file");
    let missing = head.version_id("other").send().await.unwrap_err();
    assert_eq!(status(&missing), 404);
    assert!(missing.as_service_error().unwrap().is_not_found());
}

#[tokio::test]
async fn what_is_deleted_is_kept_until_its_version_is_deleted() {
    let s3 = Service::start().await;
    s3.keep_versions().await;
    let first = put(&s3, b"one").await.unwrap();
    let second = put(&s3, b"two").await.unwrap();
    delete(&s3, None).await.unwrap();
    assert!(!s3.exists("file").await);
    assert_eq!(get(&s3, &second).await.unwrap(), b"two");
    delete(&s3, Some(&second)).await.unwrap();
    assert_eq!(get(&s3, &second).await.unwrap_err(), "NoSuchVersion");
    assert_eq!(get(&s3, &first).await.unwrap(), b"one");
}

#[tokio::test]
async fn an_object_from_before_the_bucket_kept_versions_has_the_version_null() {
    let s3 = Service::start().await;
    put(&s3, b"one").await;
    s3.keep_versions().await;
    put(&s3, b"two").await;
    let get = s3.client.get_object().bucket(&s3.bucket).key("file");
    let object = get.version_id("null").send().await.unwrap();
    assert_eq!(object.body.collect().await.unwrap().to_vec(), b"one");
}
