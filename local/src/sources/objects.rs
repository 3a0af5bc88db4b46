//! S3's notifications of new objects, to the queues that the template names.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>

use anyhow::Result;
use local_s3::{ObjectCreated, S3};
use serde_json::json;
use sluice_retry::RetryPolicy;

/// Which objects are announced to which queue.
pub(super) struct Rule {
    pub(super) bucket: String,
    pub(super) prefix: String,
    pub(super) queue_url: String,
}

/// Announces for ever. An announcement is taken off the list only when its message is sent, so
/// that a killed process announces again what it may not have sent.
pub(super) async fn announce(s3: S3, sqs: aws_sdk_sqs::Client, rules: Vec<Rule>) {
    let mut backoff = RetryPolicy::POLLING.backoff();
    loop {
        for object in s3.next_events(10).await {
            if let Err(error) = announce_one(&s3, &sqs, &rules, &object).await {
                tracing::error!(error = format!("{error:#}"), "an object was not announced");
                if backoff.wait().await.is_err() {
                    backoff.reset();
                }
                break;
            }
            backoff.reset();
        }
    }
}

async fn announce_one(
    s3: &S3,
    sqs: &aws_sdk_sqs::Client,
    rules: &[Rule],
    object: &ObjectCreated,
) -> Result<()> {
    for rule in rules {
        if object.bucket == rule.bucket && object.key.starts_with(&rule.prefix) {
            sqs.send_message()
                .queue_url(&rule.queue_url)
                .message_body(notification(object))
                .send()
                .await?;
        }
    }
    let (s3, id) = (s3.clone(), object.id);
    tokio::task::spawn_blocking(move || s3.acknowledge(&[id])).await??;
    Ok(())
}

fn notification(object: &ObjectCreated) -> String {
    let time = jiff::Timestamp::try_from(object.time).unwrap_or_default();
    let mut event = json!({ "Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": time.to_string(),
        "eventName": object.event_name,
        "userIdentity": { "principalId": "local" },
        "requestParameters": { "sourceIPAddress": "127.0.0.1" },
        "responseElements": {},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "local",
            "bucket": {
                "name": object.bucket,
                "ownerIdentity": { "principalId": "local" },
                "arn": format!("arn:aws:s3:::{}", object.bucket),
            },
            "object": {
                "key": url_encoded(&object.key),
                "size": object.size,
                "eTag": object.etag,
                "sequencer": object.sequencer,
            },
        },
    }]});
    if let Some(version_id) = &object.version_id {
        event["Records"][0]["s3"]["object"]["versionId"] = json!(version_id);
    }
    event.to_string()
}

/// Keys are URL-encoded in events, with `+` for a space and `/` kept.
fn url_encoded(key: &str) -> String {
    use std::fmt::Write as _;
    key.bytes()
        .fold(String::with_capacity(key.len()), |mut text, byte| {
            match byte {
                b' ' => text.push('+'),
                b'/' | b'-' | b'_' | b'.' | b'*' => text.push(char::from(byte)),
                _ if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
                _ => {
                    let _ = write!(text, "%{byte:02X}");
                }
            }
            text
        })
}
