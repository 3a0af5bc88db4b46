//! What SES says of e-mails, to the queue of its configuration set.

use anyhow::Result;
use local_ses::{Ses, SesEvent};
use sluice_retry::RetryPolicy;

/// Puts events into their queues for ever. An event is forgotten only when its message is sent, so that a killed
/// process sends again what it may not have sent.
pub(super) async fn announce(ses: Ses, sqs: aws_sdk_sqs::Client) {
    let mut backoff = RetryPolicy::POLLING.backoff();
    loop {
        for event in ses.next_events(10).await {
            if let Err(error) = announce_one(&ses, &sqs, &event).await {
                tracing::error!(
                    error = format!("{error:#}"),
                    "an event of SES was not put into its queue"
                );
                if backoff.wait().await.is_err() {
                    backoff.reset();
                }
                break;
            }
            backoff.reset();
        }
    }
}

async fn announce_one(ses: &Ses, sqs: &aws_sdk_sqs::Client, event: &SesEvent) -> Result<()> {
    sqs.send_message()
        .queue_url(&event.queue_url)
        .message_body(&event.body)
        .send()
        .await?;
    let (ses, id) = (ses.clone(), event.id);
    tokio::task::spawn_blocking(move || ses.acknowledge(&[id])).await??;
    Ok(())
}
