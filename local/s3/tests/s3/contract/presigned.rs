//! Signatures: in headers and in presigned URLs, right, wrong, missing and expired.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::PresigningConfig;

use super::uploads::MIB;
use crate::service::{Service, bytes, client_with_secret, code, for_a_minute, status};
use crate::signing;

#[tokio::test]
async fn a_presigned_put_and_get_need_no_keys() {
    let s3 = Service::start().await;
    let put = s3.client.put_object().bucket(&s3.bucket).key("文件 1.csv");
    let put = put.presigned(for_a_minute()).await.unwrap();
    let http = reqwest::Client::new();
    let answer = http.put(put.uri()).body("bytes").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["etag"],
        "\"4b3a6218bb3e3a7303e8a171a60fcf92\""
    );

    let get = s3.client.get_object().bucket(&s3.bucket).key("文件 1.csv");
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
    let s3 = Service::start().await;
    s3.put("mine", b"mine").await;
    s3.put("other", b"other").await;
    let get = s3.client.get_object().bucket(&s3.bucket).key("mine");
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
    assert_eq!(s3.get("mine").await, b"mine");
}

#[tokio::test]
async fn an_expired_url_is_refused() {
    let s3 = Service::start().await;
    s3.put("file", b"bytes").await;
    let long_ago = PresigningConfig::builder()
        .start_time(SystemTime::now() - Duration::from_mins(2))
        .expires_in(Duration::from_mins(1))
        .build()
        .unwrap();
    let get = s3.client.get_object().bucket(&s3.bucket).key("file");
    let get = get.presigned(long_ago).await.unwrap();
    let answer = reqwest::get(get.uri()).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("Request has expired"));
}

#[tokio::test]
async fn headers_that_are_signed_must_come_as_they_were_signed() {
    let s3 = Service::start().await;
    let http = reqwest::Client::new();
    let put = s3.client.put_object().bucket(&s3.bucket).key("file");
    let put = put.if_none_match("*").content_length(5);
    let put = put.presigned(for_a_minute()).await.unwrap();
    let send = async |condition: &[&str], body: &'static str| {
        let mut request = http.put(put.uri()).body(body);
        for value in condition {
            request = request.header("if-none-match", *value);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.text().await.unwrap())
    };
    for (condition, body) in [
        (&[][..], "bytes"),
        (&["\"00000000000000000000000000000000\""], "bytes"),
        (&["*", "*"], "bytes"),
        (&["*"], "byte"),
        (&["*"], "bytes more"),
    ] {
        let (status, text) = send(condition, body).await;
        assert_eq!(status, 403, "{condition:?} {body}");
        assert!(text.contains("SignatureDoesNotMatch"), "{text}");
    }
    assert!(!s3.exists("file").await);
    assert_eq!(send(&["*"], "bytes").await.0, 200);
    let (status, text) = send(&["*"], "other").await;
    assert_eq!(status, 412);
    assert!(text.contains("<Code>PreconditionFailed</Code>"), "{text}");
    assert_eq!(s3.get("file").await, b"bytes");

    let id = s3.start_upload("large").await;
    let part = s3.client.upload_part().bucket(&s3.bucket).key("large");
    let part = part.upload_id(&id).part_number(1).content_length(5);
    let part = part.presigned(for_a_minute()).await.unwrap();
    for (body, expected) in [("byte", 403), ("bytes more", 403), ("bytes", 200)] {
        let answer = http.put(part.uri()).body(body).send().await.unwrap();
        assert_eq!(answer.status(), expected, "{body}");
    }
}

#[tokio::test]
async fn a_wrong_secret_and_an_unsigned_request_are_refused() {
    let s3 = Service::start().await;
    s3.put("file", b"bytes").await;
    let stranger = client_with_secret(&s3.endpoint, "wrong");
    let error = stranger
        .get_object()
        .bucket(&s3.bucket)
        .key("file")
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        (status(&error), code(&error)),
        (403, "SignatureDoesNotMatch")
    );

    let url = s3.url("file");
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
    assert_eq!(s3.get("file").await, b"bytes");
}

#[tokio::test]
async fn presigned_urls_alone_carry_a_whole_upload() {
    let s3 = Service::start().await;
    let written = bytes(6 * MIB);
    let id = s3.start_upload("large").await;
    let http = reqwest::Client::new();
    let mut list = String::new();
    for (number, range) in [(1, 0..5 * MIB), (2, 5 * MIB..6 * MIB)] {
        let part = s3
            .client
            .upload_part()
            .bucket(&s3.bucket)
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
    let url = signing::presign("POST", &s3.url(&format!("large?uploadId={id}")));
    let body = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
    let answer = http.post(&url).body(body).send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("<CompleteMultipartUploadResult"), "{text}");
    assert!(s3.get("large").await == written);
}

#[tokio::test]
async fn a_presigned_url_does_nothing_that_its_signature_does_not_cover() {
    let s3 = Service::start().await;
    s3.put("theirs", b"of another station").await;
    let put = s3.client.put_object().bucket(&s3.bucket).key("mine");
    let put = put.presigned(for_a_minute()).await.unwrap();
    let http = reqwest::Client::new();
    for (name, value) in [
        ("x-amz-copy-source", format!("{}/theirs", s3.bucket)),
        ("x-amz-meta-owner", "me".to_owned()),
        ("x-amz-checksum-crc32", "AAAAAA==".to_owned()),
    ] {
        let request = http.put(put.uri()).header(name, value).body("bytes");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 403, "{name}");
        let text = answer.text().await.unwrap();
        assert!(text.contains("<Code>AccessDenied</Code>"), "{text}");
        let named = format!("<HeadersNotSigned>{name}</HeadersNotSigned>");
        assert!(text.contains(&named), "{text}");
        assert!(!s3.exists("mine").await, "{name}");
    }
}

#[tokio::test]
async fn a_header_that_is_signed_must_be_sent_as_it_was_signed() {
    let s3 = Service::start().await;
    s3.put("there", b"bytes").await;
    let put = s3.client.put_object().bucket(&s3.bucket).key("there");
    let put = put.if_none_match("*").presigned(for_a_minute()).await;
    let put = put.unwrap();
    assert_eq!(put.headers().next(), Some(("if-none-match", "*")));
    let http = reqwest::Client::new();
    for (value, status) in [(None, 403), (Some("\"other\""), 403), (Some("*"), 412)] {
        let mut request = http.put(put.uri()).body("other bytes");
        if let Some(value) = value {
            request = request.header("if-none-match", value);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{value:?}");
    }
    assert_eq!(s3.get("there").await, b"bytes");
}
