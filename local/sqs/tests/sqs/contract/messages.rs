//! One message at a time: its contents, its visibility, its end.

use aws_sdk_sqs::types::MessageSystemAttributeNameForSends::AwsTraceHeader;
use aws_sdk_sqs::types::{
    MessageSystemAttributeValue, QueueAttributeName, SendMessageBatchRequestEntry,
};

use crate::service::{Service, attribute, bodies};

const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

#[tokio::test]
async fn a_message_is_received_as_it_was_sent_and_is_gone_when_deleted() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let sent = sqs
        .client
        .send_message()
        .queue_url(&url)
        .message_body("会员 \"1\"\n");
    let sent = sent.send().await.unwrap();

    let received = sqs.receive(&url, 30).await;
    assert_eq!(bodies(&received), ["会员 \"1\"\n"]);
    let message = &received[0];
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
    assert_eq!(attribute(message, "ApproximateReceiveCount"), "1");
    assert!(!attribute(message, "SenderId").is_empty());
    let sent_ms: i64 = attribute(message, "SentTimestamp").parse().unwrap();
    let received_ms: i64 = attribute(message, "ApproximateFirstReceiveTimestamp")
        .parse()
        .unwrap();
    assert!(1_600_000_000_000 < sent_ms && sent_ms <= received_ms);
    assert_eq!(sqs.counts(&url).await, [0, 1, 0]);

    sqs.delete(&url, message).await;
    assert_eq!(sqs.counts(&url).await, [0, 0, 0]);
}

/// What a sender says of its trace.
fn trace() -> MessageSystemAttributeValue {
    let trace = MessageSystemAttributeValue::builder().data_type("String");
    trace.string_value(TRACE).build().unwrap()
}

#[tokio::test]
async fn a_message_carries_the_trace_that_it_was_sent_with_to_the_dead_letters_as_well() {
    let sqs = Service::start().await;
    let url = sqs.queue_with_dead_letters("chunks", 1).await;
    let send = sqs.client.send_message().queue_url(&url);
    let send = send.message_body("body");
    let send = send.message_system_attributes(AwsTraceHeader, trace());
    send.send().await.unwrap();

    let received = sqs.receive(&url, 0).await;
    assert_eq!(attribute(&received[0], "AWSTraceHeader"), TRACE);
    assert!(sqs.receive(&url, 0).await.is_empty());
    let dead = sqs.queue("dead", &[]).await;
    let received = sqs.receive(&dead, 0).await;
    assert_eq!(attribute(&received[0], "AWSTraceHeader"), TRACE);
}

#[tokio::test]
async fn a_message_of_a_batch_carries_its_trace() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let entry = SendMessageBatchRequestEntry::builder()
        .id("one")
        .message_body("body")
        .message_system_attributes(AwsTraceHeader, trace());
    let batch = sqs.client.send_message_batch().queue_url(&url);
    let sent = batch.entries(entry.build().unwrap()).send().await.unwrap();
    assert_eq!(sent.successful().len(), 1);
    let received = sqs.receive(&url, 0).await;
    assert_eq!(attribute(&received[0], "AWSTraceHeader"), TRACE);
}

#[tokio::test]
async fn a_message_whose_visibility_ends_is_received_a_second_time() {
    let sqs = Service::start().await;
    let url = sqs
        .queue("chunks", &[(QueueAttributeName::VisibilityTimeout, "1")])
        .await;
    sqs.send(&url, "again").await;
    let request = sqs.client.receive_message().queue_url(&url);
    let first = request.send().await.unwrap().messages.unwrap().remove(0);
    assert!(sqs.receive(&url, 30).await.is_empty());

    let second = sqs.receive_waiting(&url, 30, 5).await.remove(0);
    assert_eq!(second.message_id(), first.message_id());
    assert_eq!(attribute(&second, "ApproximateReceiveCount"), "2");
    assert_ne!(second.receipt_handle(), first.receipt_handle());
}

#[tokio::test]
async fn an_old_receipt_handle_deletes_nothing_and_the_latest_one_does() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    sqs.send(&url, "twice").await;
    let first = sqs.receive(&url, 0).await.remove(0);
    let second = sqs.receive(&url, 0).await.remove(0);
    sqs.delete(&url, &first).await;
    assert_eq!(sqs.counts(&url).await, [1, 0, 0]);
    // Visible again, but nobody has received it since.
    sqs.delete(&url, &second).await;
    assert_eq!(sqs.counts(&url).await, [0, 0, 0]);
    sqs.delete(&url, &second).await;
}

#[tokio::test]
async fn a_delayed_message_comes_when_its_delay_is_over() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let late = sqs.client.send_message().queue_url(&url);
    let late = late.message_body("late").delay_seconds(1);
    late.send().await.unwrap();
    sqs.send(&url, "prompt").await;
    assert_eq!(sqs.counts(&url).await, [1, 0, 1]);
    assert_eq!(bodies(&sqs.receive(&url, 30).await), ["prompt"]);
    assert_eq!(bodies(&sqs.receive_waiting(&url, 30, 5).await), ["late"]);
}

#[tokio::test]
async fn a_visibility_changed_to_zero_gives_the_message_back_at_once() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    sqs.send(&url, "back").await;
    let message = sqs.receive(&url, 30).await.remove(0);
    let change = sqs.client.change_message_visibility().queue_url(&url);
    let change = change.receipt_handle(message.receipt_handle().unwrap());
    change.visibility_timeout(0).send().await.unwrap();
    assert_eq!(bodies(&sqs.receive(&url, 30).await), ["back"]);
}

#[tokio::test]
async fn messages_sent_at_the_same_time_are_all_delivered_once() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let sends = (0..20).map(|n| {
        let (client, url) = (sqs.client.clone(), url.clone());
        tokio::spawn(async move {
            for m in 0..5 {
                let send = client
                    .send_message()
                    .queue_url(&url)
                    .message_body(format!("{n}/{m}"));
                send.message_group_id(format!("group{}", n % 4))
                    .send()
                    .await
                    .unwrap();
            }
        })
    });
    for send in sends.collect::<Vec<_>>() {
        send.await.unwrap();
    }
    let mut received = Vec::new();
    loop {
        let messages = sqs.receive(&url, 60).await;
        if messages.is_empty() {
            break;
        }
        for message in &messages {
            sqs.delete(&url, message).await;
        }
        received.extend(messages.into_iter().map(|message| message.body.unwrap()));
    }
    received.sort();
    received.dedup();
    assert_eq!(received.len(), 100);
    assert_eq!(sqs.counts(&url).await, [0, 0, 0]);
}

#[tokio::test]
async fn a_message_that_is_not_in_flight_has_no_visibility_to_change() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    sqs.send(&url, "back").await;
    let message = sqs.receive(&url, 0).await.remove(0);
    let change = sqs.client.change_message_visibility().queue_url(&url);
    let change = change.receipt_handle(message.receipt_handle().unwrap());
    let refused = change.visibility_timeout(10).send().await.unwrap_err();
    assert!(refused.into_service_error().is_message_not_inflight());
}

#[tokio::test]
async fn the_digest_of_a_trace_is_answered() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let send = sqs.client.send_message().queue_url(&url).message_body("x");
    let send = send.message_system_attributes(AwsTraceHeader, trace());
    let answer = send.send().await.unwrap();
    assert!(answer.md5_of_message_system_attributes().is_some());
}
