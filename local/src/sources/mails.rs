//! What SES says of e-mails, to the queue of its configuration set.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use local_ses::{Ses, SesEvent};
use sluice_retry::RetryPolicy;

use super::queue::MOST_OF_A_REQUEST;

/// How many events are read together.
const PAGE: usize = 100;

/// Puts events into their queues for ever. An event is forgotten only when its message is sent, so that a killed
/// process sends again what it may not have sent.
pub(super) async fn announce(ses: Ses, sqs: aws_sdk_sqs::Client) {
    let mut backoff = RetryPolicy::POLLING.backoff();
    loop {
        let events = ses.next_events(PAGE).await;
        if let Err(error) = announce_all(&ses, &sqs, &events).await {
            tracing::error!(
                error = format!("{error:#}"),
                "events of SES were not put into their queue"
            );
            if backoff.wait().await.is_err() {
                backoff.reset();
            }
        } else {
            backoff.reset();
        }
    }
}

async fn announce_all(ses: &Ses, sqs: &aws_sdk_sqs::Client, events: &[SesEvent]) -> Result<()> {
    let mut by_queue: BTreeMap<&str, Vec<&SesEvent>> = BTreeMap::new();
    for event in events {
        by_queue.entry(&event.queue_url).or_default().push(event);
    }
    for (queue_url, events) in by_queue {
        for events in events.chunks(MOST_OF_A_REQUEST) {
            announce_some(ses, sqs, queue_url, events).await?;
        }
    }
    Ok(())
}

async fn announce_some(
    ses: &Ses,
    sqs: &aws_sdk_sqs::Client,
    queue_url: &str,
    events: &[&SesEvent],
) -> Result<()> {
    let mut request = sqs.send_message_batch().queue_url(queue_url);
    for event in events {
        let entry = SendMessageBatchRequestEntry::builder()
            .id(event.id.to_string())
            .message_body(&event.body);
        request = request.entries(entry.build()?);
    }
    let answer = request.send().await?;
    let sent = answer.successful.iter();
    let sent: Vec<i64> = sent.filter_map(|entry| entry.id.parse().ok()).collect();
    let ses = ses.clone();
    tokio::task::spawn_blocking(move || ses.acknowledge(&sent)).await??;
    if let Some(failed) = answer.failed.first() {
        bail!("event {}: {}", failed.id, failed.code);
    }
    Ok(())
}
