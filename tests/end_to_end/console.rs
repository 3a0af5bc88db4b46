//! The console's files: where they are served, with which headers, and what stays S3's.

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::redirect::Policy;

use crate::harness::Sluice;

struct Served {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Served {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("text"))
    }
}

async fn get(url: &str) -> Served {
    let client = reqwest::Client::builder().redirect(Policy::none());
    let client = client.build().expect("a client");
    let answer = client.get(url).send().await.expect("an answer");
    Served {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        text: answer.text().await.expect("text"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_served_under_a_policy_that_allows_its_own_origin_only() {
    let sluice = Sluice::start().await;
    let api = &sluice.system.urls.api;
    let mut pages = Vec::new();
    for path in ["/", "/import", "/tasks?status=2", "/tasks/890473042418166"] {
        let page = get(&format!("{api}{path}")).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(
            page.header(CONTENT_TYPE.as_str()),
            "text/html; charset=utf-8"
        );
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header(CACHE_CONTROL.as_str()), "no-cache");
        pages.push(page.text);
    }
    assert!(pages.iter().all(|page| page == &pages[0]));
    // What the page names is there, and never changes under its name.
    let files: Vec<&str> = pages[0]
        .split('"')
        .filter(|text| text.starts_with("/assets/"))
        .collect();
    assert_eq!(files.len(), 2, "{}", pages[0]);
    for file in files {
        let asset = get(&format!("{api}{file}")).await;
        assert_eq!(asset.status, 200, "{file}");
        let caching = asset.header(CACHE_CONTROL.as_str());
        assert!(caching.ends_with("immutable"), "{caching}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_console_does_not_have_stays_the_s3s_and_the_apis() {
    let sluice = Sluice::start().await;
    let api = &sluice.system.urls.api;
    for path in ["/tasks/x", "/tasks/", "/assets/none.js", "/sluice-files/x"] {
        let answer = get(&format!("{api}{path}")).await;
        assert!(answer.status >= 400, "{path}: {}", answer.status);
        let policy = answer.header("content-security-policy");
        assert!(!policy.contains("script-src"), "{path}: {policy}");
    }
    // The root is S3's for those who sign, which does not list buckets, and nothing for callers of the API.
    let s3 = sluice.clients().await.s3;
    let refused = s3.list_buckets().send().await.expect_err("no list");
    assert_eq!(refused.code(), Some("NotImplemented"));
    sluice.demo().get("/tasks").await.refused(40401);
}

#[tokio::test(flavor = "multi_thread")]
async fn localhost_leads_to_the_address_that_presigned_urls_name() {
    let sluice = Sluice::start().await;
    let api = &sluice.system.urls.api;
    let by_name = api.replace("127.0.0.1", "localhost");
    let answer = get(&format!("{by_name}/tasks?status=2")).await;
    assert_eq!(answer.status, 307);
    assert_eq!(
        answer.header(LOCATION.as_str()),
        format!("{api}/tasks?status=2")
    );
}
