//! Listing with prefixes and pages.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;

use crate::service::{Service, code, status};

fn keys(page: &ListObjectsV2Output) -> Vec<&str> {
    page.contents()
        .iter()
        .filter_map(|object| object.key())
        .collect()
}

async fn with_keys(keys: &[&str]) -> Service {
    let s3 = Service::start().await;
    for key in keys {
        s3.put(key, b"").await;
    }
    s3
}

#[tokio::test]
async fn a_prefix_selects_exactly_its_keys() {
    let s3 = with_keys(&["a", "ab", "ab/1", "ab0", "ac", "b"]).await;
    let list = s3.client.list_objects_v2().bucket(&s3.bucket);
    let page = list.prefix("ab").send().await.unwrap();
    assert_eq!(keys(&page), ["ab", "ab/1", "ab0"]);
    assert_eq!(page.key_count(), Some(3));
    assert_eq!(page.is_truncated(), Some(false));
}

#[tokio::test]
async fn pages_of_any_size_together_are_the_whole() {
    let written = ["a", "d/1", "d/2", "d/3", "e", "f/1", "g", "ü/1", "ü/2"];
    let s3 = with_keys(&written).await;
    for max_keys in 1..=7 {
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let list = s3.client.list_objects_v2().bucket(&s3.bucket);
            let list = list.max_keys(max_keys).set_continuation_token(token.take());
            let page = list.send().await.unwrap();
            let count = page.key_count().unwrap();
            assert!((1..=max_keys).contains(&count), "{count} at {max_keys}");
            all.extend(keys(&page).into_iter().map(str::to_owned));
            token = page.next_continuation_token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(all, written, "pages of {max_keys}");
    }
}

#[tokio::test]
async fn a_token_of_somebody_else_is_refused() {
    let s3 = with_keys(&["a"]).await;
    let list = s3.client.list_objects_v2().bucket(&s3.bucket);
    let error = list.continuation_token("!").send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (400, "InvalidArgument"));
}

#[tokio::test]
async fn keys_that_xml_cannot_express_are_encoded_on_request() {
    let s3 = with_keys(&["tab\tand \u{1}/x"]).await;
    let list = s3.client.list_objects_v2().bucket(&s3.bucket);
    let page = list.encoding_type("url".into()).send().await.unwrap();
    assert_eq!(keys(&page), ["tab%09and%20%01/x"]);
}
