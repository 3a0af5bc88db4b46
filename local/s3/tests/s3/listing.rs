//! Listing with prefixes, delimiters and pages.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;

use crate::running::{BUCKET, Running, code, status};

fn keys(page: &ListObjectsV2Output) -> Vec<&str> {
    page.contents()
        .iter()
        .filter_map(|object| object.key())
        .collect()
}

fn prefixes(page: &ListObjectsV2Output) -> Vec<&str> {
    page.common_prefixes()
        .iter()
        .filter_map(|common| common.prefix())
        .collect()
}

async fn with_keys(keys: &[&str]) -> Running {
    let running = Running::start().await;
    for key in keys {
        running.put(key, b"").await;
    }
    running
}

#[tokio::test]
async fn a_prefix_selects_exactly_its_keys() {
    let running = with_keys(&["a", "ab", "ab/1", "ab0", "ac", "b"]).await;
    let list = running.client.list_objects_v2().bucket(BUCKET);
    let page = list.prefix("ab").send().await.unwrap();
    assert_eq!(keys(&page), ["ab", "ab/1", "ab0"]);
    assert_eq!(page.key_count(), Some(3));
    assert_eq!(page.is_truncated(), Some(false));
}

#[tokio::test]
async fn a_delimiter_groups_what_lies_below() {
    let running = with_keys(&["a", "d/1", "d/2/x", "d/2/y", "d0", "e/", "z"]).await;
    let list = || {
        running
            .client
            .list_objects_v2()
            .bucket(BUCKET)
            .delimiter("/")
    };
    let top = list().send().await.unwrap();
    assert_eq!(keys(&top), ["a", "d0", "z"]);
    assert_eq!(prefixes(&top), ["d/", "e/"]);
    let below = list().prefix("d/").send().await.unwrap();
    assert_eq!(keys(&below), ["d/1"]);
    assert_eq!(prefixes(&below), ["d/2/"]);
}

#[tokio::test]
async fn pages_of_any_size_together_are_the_whole() {
    let running = with_keys(&["a", "d/1", "d/2", "d/3", "e", "f/1", "g", "ü/1", "ü/2"]).await;
    for max_keys in 1..=7 {
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let list = running
                .client
                .list_objects_v2()
                .bucket(BUCKET)
                .delimiter("/");
            let list = list.max_keys(max_keys).set_continuation_token(token.take());
            let page = list.send().await.unwrap();
            let count = page.key_count().unwrap();
            assert!(
                (1..=max_keys).contains(&count),
                "page of {count} at {max_keys}"
            );
            all.extend(keys(&page).into_iter().map(str::to_owned));
            all.extend(prefixes(&page).into_iter().map(str::to_owned));
            token = page.next_continuation_token;
            if token.is_none() {
                break;
            }
        }
        all.sort();
        assert_eq!(
            all,
            ["a", "d/", "e", "f/", "g", "ü/"],
            "pages of {max_keys}"
        );
    }
}

#[tokio::test]
async fn a_listing_starts_behind_the_given_key() {
    let running = with_keys(&["a", "b", "b0", "c"]).await;
    let list = running.client.list_objects_v2().bucket(BUCKET);
    let page = list.start_after("b").send().await.unwrap();
    assert_eq!(keys(&page), ["b0", "c"]);
}

#[tokio::test]
async fn asking_for_no_keys_gets_a_complete_empty_page() {
    let running = with_keys(&["a"]).await;
    let list = running.client.list_objects_v2().bucket(BUCKET).max_keys(0);
    let page = list.send().await.unwrap();
    assert_eq!((keys(&page).len(), page.is_truncated()), (0, Some(false)));
}

#[tokio::test]
async fn a_token_of_somebody_else_is_refused() {
    let running = with_keys(&["a"]).await;
    let list = running.client.list_objects_v2().bucket(BUCKET);
    let error = list.continuation_token("!").send().await.unwrap_err();
    assert_eq!((status(&error), code(&error)), (400, "InvalidArgument"));
}

#[tokio::test]
async fn keys_that_xml_cannot_express_are_encoded_on_request() {
    let running = with_keys(&["tab\tand \u{1}/x"]).await;
    let list = running.client.list_objects_v2().bucket(BUCKET);
    let page = list.encoding_type("url".into()).send().await.unwrap();
    assert_eq!(keys(&page), ["tab%09and%20%01/x"]);
}
