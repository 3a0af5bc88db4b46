//! The lease on a message: while it is worked on, it stays invisible, and not much longer. A function that dies
//! holds a message for a minute.

use std::future::Future;
use std::time::Duration;

use sluice_aws::{Queue, chain};

/// How often a lease is renewed in its time: a renewal that fails is made good twice before it ends.
const RENEWALS: u32 = 3;

/// Does the work of a message of `queue`, and holds its lease meanwhile: without renewal the message becomes
/// visible after `lease`. The queue's own visibility timeout must be
/// longer than any invocation, so it is replaced at once.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>
pub async fn leased<F: Future>(
    queue: &Queue,
    receipt_handle: Option<&str>,
    lease: Duration,
    work: F,
) -> F::Output {
    let Some(handle) = receipt_handle else {
        return work.await;
    };
    tokio::pin!(work);
    loop {
        let renewal = renew(queue, handle, lease);
        tokio::pin!(renewal);
        tokio::select! {
            output = &mut work => {
                // It must not arrive after what is said of the message in the end.
                renewal.await;
                return output;
            }
            () = &mut renewal => {}
        }
        tokio::select! {
            output = &mut work => return output,
            () = tokio::time::sleep(lease / RENEWALS) => {}
        }
    }
}

async fn renew(queue: &Queue, handle: &str, lease: Duration) {
    if let Err(error) = queue.deliver_again_in(handle, lease).await {
        tracing::warn!(error = chain(&error), "a lease was not renewed");
    }
}
