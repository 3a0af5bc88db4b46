//! Requests as web pages make them.

use reqwest::{Client, Method, RequestBuilder};

use crate::running::{BUCKET, ORIGIN, Running, for_a_minute};

fn preflight(running: &Running, origin: &str) -> RequestBuilder {
    let url = format!("{}/{BUCKET}/file", running.endpoint);
    let request = Client::new()
        .request(Method::OPTIONS, url)
        .header("origin", origin);
    request
        .header("access-control-request-method", "PUT")
        .header(
            "access-control-request-headers",
            "content-type,x-amz-meta-owner",
        )
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_put_and_see_the_tag() {
    let running = Running::start().await;
    let answer = preflight(&running, ORIGIN).send().await.unwrap();
    assert!(answer.status().is_success());
    let headers = answer.headers();
    assert_eq!(headers["access-control-allow-origin"], ORIGIN);
    assert_eq!(
        headers["access-control-allow-headers"],
        "content-type,x-amz-meta-owner"
    );
    assert!(
        headers["access-control-allow-methods"]
            .to_str()
            .unwrap()
            .contains("PUT")
    );

    let put = running.client.put_object().bucket(BUCKET).key("file");
    let put = put.presigned(for_a_minute()).await.unwrap();
    let put = Client::new()
        .put(put.uri())
        .header("origin", ORIGIN)
        .body("bytes");
    let answer = put.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], ORIGIN);
    let exposed = answer.headers()["access-control-expose-headers"]
        .to_str()
        .unwrap();
    assert!(exposed.split(", ").any(|name| name == "ETag"));
}

#[tokio::test]
async fn a_page_may_read_why_it_was_refused() {
    let running = Running::start().await;
    let url = format!("{}/{BUCKET}/file", running.endpoint);
    let get = Client::new().get(url).header("origin", ORIGIN);
    let answer = get.send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.headers()["access-control-allow-origin"], ORIGIN);
}

#[tokio::test]
async fn a_page_of_another_origin_may_not() {
    let running = Running::start().await;
    let answer = preflight(&running, "http://elsewhere.example")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}
