//! Messages that fail too often.

use aws_sdk_sqs::types::QueueAttributeName;

use crate::service::{Service, attribute, bodies};

/// Receives what is there and lets it become visible again.
async fn fail(sqs: &Service, url: &str) -> usize {
    sqs.receive(url, 0).await.len()
}

#[tokio::test]
async fn a_message_received_more_than_max_receive_count_times_is_a_dead_letter() {
    let sqs = Service::start().await;
    let url = sqs.queue_with_dead_letters("chunks", 2).await;
    let dead_url = sqs.queue("dead", &[]).await;
    sqs.send_to_group(&url, "station", "poison").await;
    let first = sqs.receive(&url, 0).await.remove(0);
    assert_eq!(fail(&sqs, &url).await, 1);
    assert_eq!(fail(&sqs, &url).await, 0);

    let dead = sqs.receive(&dead_url, 30).await;
    assert_eq!(bodies(&dead), ["poison"]);
    assert_eq!(dead[0].message_id(), first.message_id());
    assert_eq!(
        attribute(&dead[0], "SentTimestamp"),
        attribute(&first, "SentTimestamp")
    );
    assert_eq!(
        attribute(&dead[0], "DeadLetterQueueSourceArn"),
        sqs.arn(&url).await
    );
    assert_eq!(attribute(&dead[0], "MessageGroupId"), "station");
    assert_eq!(sqs.counts(&url).await, [0, 0, 0]);
}

#[tokio::test]
async fn a_long_poll_on_the_dead_letter_queue_wakes_up() {
    let sqs = Service::start().await;
    let url = sqs.queue_with_dead_letters("chunks", 1).await;
    let dead_url = sqs.queue("dead", &[]).await;
    sqs.send(&url, "poison").await;
    let kill = async {
        fail(&sqs, &url).await;
        fail(&sqs, &url).await;
    };
    let (dead, ()) = tokio::join!(sqs.receive_waiting(&dead_url, 30, 5), kill);
    assert_eq!(bodies(&dead), ["poison"]);
}

#[tokio::test]
async fn a_redrive_policy_can_be_set_later_and_needs_its_target() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let dead_url = sqs.queue("dead", &[]).await;
    let arn = sqs.arn(&dead_url).await;
    let set = |arn: &str| {
        let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"1"}}"#);
        let set = sqs.client.set_queue_attributes().queue_url(&url);
        set.attributes(QueueAttributeName::RedrivePolicy, policy)
            .send()
    };
    let missing = set(&format!("{arn}-missing")).await.unwrap_err();
    assert_eq!(missing.raw_response().unwrap().status().as_u16(), 400);
    set(&arn).await.unwrap();
    sqs.send(&url, "poison").await;
    assert_eq!(fail(&sqs, &url).await, 1);
    assert_eq!(fail(&sqs, &url).await, 0);
    assert_eq!(sqs.counts(&dead_url).await, [1, 0, 0]);
}
