//! Signatures: in headers and in presigned URLs, right, wrong, missing and expired.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::PresigningConfig;

use crate::running::{BUCKET, Running, bytes, client_with_secret, code, for_a_minute, status};
use crate::signing;
use crate::uploads::MIB;

#[tokio::test]
async fn a_presigned_put_and_get_need_no_keys() {
    let running = Running::start().await;
    let put = running.client.put_object().bucket(BUCKET).key("文件 1.csv");
    let put = put.presigned(for_a_minute()).await.unwrap();
    let http = reqwest::Client::new();
    let answer = http.put(put.uri()).body("bytes").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["etag"],
        "\"4b3a6218bb3e3a7303e8a171a60fcf92\""
    );

    let get = running.client.get_object().bucket(BUCKET).key("文件 1.csv");
    let get = get.response_content_type("text/plain");
    let get = get.presigned(for_a_minute()).await.unwrap();
    let answer = http
        .get(get.uri())
        .header("range", "bytes=1-3")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 206);
    assert_eq!(answer.headers()["content-type"], "text/plain");
    assert_eq!(answer.text().await.unwrap(), "yte");
}

#[tokio::test]
async fn a_tampered_url_is_refused() {
    let running = Running::start().await;
    running.put("mine", b"mine").await;
    running.put("other", b"other").await;
    let get = running.client.get_object().bucket(BUCKET).key("mine");
    let get = get.presigned(for_a_minute()).await.unwrap();
    let tampered = get.uri().replace("/mine?", "/other?");
    let answer = reqwest::get(tampered).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("<Code>SignatureDoesNotMatch</Code>")
    );

    let put = reqwest::Client::new().put(get.uri()).body("written");
    assert_eq!(put.send().await.unwrap().status(), 403);
    assert_eq!(running.get("mine").await, b"mine");
}

#[tokio::test]
async fn an_expired_url_is_refused() {
    let running = Running::start().await;
    running.put("file", b"bytes").await;
    let long_ago = PresigningConfig::builder()
        .start_time(SystemTime::now() - Duration::from_mins(2))
        .expires_in(Duration::from_mins(1))
        .build()
        .unwrap();
    let get = running.client.get_object().bucket(BUCKET).key("file");
    let get = get.presigned(long_ago).await.unwrap();
    let answer = reqwest::get(get.uri()).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("Request has expired"));
}

#[tokio::test]
async fn a_wrong_secret_and_an_unsigned_request_are_refused() {
    let running = Running::start().await;
    running.put("file", b"bytes").await;
    let stranger = client_with_secret(&running.endpoint, "wrong");
    let error = stranger
        .get_object()
        .bucket(BUCKET)
        .key("file")
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        (status(&error), code(&error)),
        (403, "SignatureDoesNotMatch")
    );

    let url = format!("{}/{BUCKET}/file", running.endpoint);
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("<Code>AccessDenied</Code>")
    );
    let put = reqwest::Client::new().put(&url).body("written");
    assert_eq!(put.send().await.unwrap().status(), 403);
    assert_eq!(running.get("file").await, b"bytes");
}

#[tokio::test]
async fn presigned_urls_alone_carry_a_whole_upload() {
    let running = Running::start().await;
    let written = bytes(6 * MIB);
    let id = running.start_upload("large").await;
    let http = reqwest::Client::new();
    let mut list = String::new();
    for (number, range) in [(1, 0..5 * MIB), (2, 5 * MIB..6 * MIB)] {
        let part = running
            .client
            .upload_part()
            .bucket(BUCKET)
            .key("large")
            .upload_id(&id);
        let url = part
            .part_number(number)
            .presigned(for_a_minute())
            .await
            .unwrap();
        let put = http.put(url.uri()).body(written[range].to_vec());
        let answer = put.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let etag = answer.headers()["etag"].to_str().unwrap();
        write!(
            list,
            "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        )
        .unwrap();
    }

    // The SDK has no `presigned` for this operation.
    let url = signing::presign(
        "POST",
        &format!("{}/{BUCKET}/large?uploadId={id}", running.endpoint),
    );
    let body = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
    let answer = http.post(&url).body(body).send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("<CompleteMultipartUploadResult"), "{text}");
    assert!(running.get("large").await == written);
}
