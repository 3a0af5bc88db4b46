//! One message at a time: its contents, its visibility, its end.

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
    QueueAttributeName, SendMessageBatchRequestEntry,
};

use crate::{Server, attribute, bodies};

#[tokio::test]
async fn a_message_is_received_as_it_was_sent_and_is_gone_when_deleted() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    let sent = server
        .client
        .send_message()
        .queue_url(&url)
        .message_body("会员 \"1\"\n");
    let sent = sent.send().await.unwrap();

    let received = server.receive(&url, 30).await;
    assert_eq!(bodies(&received), ["会员 \"1\"\n"]);
    let message = &received[0];
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
    assert_eq!(attribute(message, "ApproximateReceiveCount"), "1");
    assert_eq!(attribute(message, "SenderId"), "000000000000");
    let sent_ms: i64 = attribute(message, "SentTimestamp").parse().unwrap();
    let received_ms: i64 = attribute(message, "ApproximateFirstReceiveTimestamp")
        .parse()
        .unwrap();
    assert!(1_600_000_000_000 < sent_ms && sent_ms <= received_ms);
    assert_eq!(server.counts(&url).await, [0, 1, 0]);

    server.delete(&url, message).await;
    assert_eq!(server.counts(&url).await, [0, 0, 0]);
    assert_eq!(server.sqs.send_count("chunks"), 1);
}

#[tokio::test]
async fn message_attributes_come_back_when_they_are_asked_for() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    let text = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("one");
    let binary = MessageAttributeValue::builder()
        .data_type("Binary")
        .binary_value(Blob::new([0, 255, 7]));
    let trace = MessageAttributeValue::builder()
        .data_type("Number")
        .string_value("7");
    let request = server
        .client
        .send_message()
        .queue_url(&url)
        .message_body("body");
    let request = request
        .message_attributes("text", text.build().unwrap())
        .message_attributes("binary", binary.build().unwrap())
        .message_attributes("trace.id", trace.build().unwrap());
    let sent = request.send().await.unwrap();

    let all = server.receive(&url, 0).await;
    assert_eq!(
        all[0].md5_of_message_attributes(),
        sent.md5_of_message_attributes()
    );
    let attributes = all[0].message_attributes().unwrap();
    assert_eq!(
        attributes["binary"].binary_value(),
        Some(&Blob::new([0, 255, 7]))
    );
    assert_eq!(attributes["text"].string_value(), Some("one"));

    let request = server
        .client
        .receive_message()
        .queue_url(&url)
        .visibility_timeout(0);
    let none = request.clone().send().await.unwrap().messages.unwrap();
    assert!(none[0].message_attributes().is_none() && none[0].attributes().is_none());
    let traces = request
        .message_attribute_names("trace.*")
        .send()
        .await
        .unwrap();
    let traces = traces.messages.unwrap();
    let names: Vec<_> = traces[0].message_attributes().unwrap().keys().collect();
    assert_eq!(names, ["trace.id"]);
}

#[tokio::test]
async fn a_message_carries_the_trace_that_it_was_sent_with_to_the_dead_letters_as_well() {
    let server = Server::start().await;
    let url = server.queue_with_dead_letters("chunks", 1).await;
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let trace = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value(header)
        .build()
        .unwrap();
    let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
    let entry = SendMessageBatchRequestEntry::builder()
        .id("one")
        .message_body("body")
        .message_system_attributes(name, trace);
    let batch = server.client.send_message_batch().queue_url(&url);
    let sent = batch.entries(entry.build().unwrap()).send().await.unwrap();
    assert!(
        sent.successful()[0]
            .md5_of_message_system_attributes()
            .is_some()
    );

    let received = server.receive(&url, 0).await;
    assert_eq!(attribute(&received[0], "AWSTraceHeader"), header);
    assert!(received[0].message_attributes().is_none());
    assert!(server.receive(&url, 0).await.is_empty());
    let dead = server.queue("dead", &[]).await;
    let received = server.receive(&dead, 0).await;
    assert_eq!(attribute(&received[0], "AWSTraceHeader"), header);
}

#[tokio::test]
async fn a_message_whose_visibility_ends_is_received_a_second_time() {
    let server = Server::start().await;
    let url = server
        .queue("chunks", &[(QueueAttributeName::VisibilityTimeout, "1")])
        .await;
    server.send(&url, "again").await;
    let request = server.client.receive_message().queue_url(&url);
    let first = request.send().await.unwrap().messages.unwrap().remove(0);
    assert!(server.receive(&url, 30).await.is_empty());

    let second = server.receive_waiting(&url, 30, 5).await.remove(0);
    assert_eq!(second.message_id(), first.message_id());
    assert_eq!(attribute(&second, "ApproximateReceiveCount"), "2");
    assert_ne!(second.receipt_handle(), first.receipt_handle());
}

#[tokio::test]
async fn an_old_receipt_handle_deletes_nothing_and_the_latest_one_does() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    server.send(&url, "twice").await;
    let first = server.receive(&url, 0).await.remove(0);
    let second = server.receive(&url, 0).await.remove(0);
    server.delete(&url, &first).await;
    assert_eq!(server.counts(&url).await, [1, 0, 0]);
    // Visible again, but nobody has received it since.
    server.delete(&url, &second).await;
    assert_eq!(server.counts(&url).await, [0, 0, 0]);
    server.delete(&url, &second).await;
}

#[tokio::test]
async fn a_delayed_message_comes_when_its_delay_is_over() {
    let server = Server::start().await;
    let url = server
        .queue("chunks", &[(QueueAttributeName::DelaySeconds, "1")])
        .await;
    server.send(&url, "late").await;
    let prompt = server
        .client
        .send_message()
        .queue_url(&url)
        .message_body("prompt");
    prompt.delay_seconds(0).send().await.unwrap();
    assert_eq!(server.counts(&url).await, [1, 0, 1]);
    assert_eq!(bodies(&server.receive(&url, 30).await), ["prompt"]);
    assert_eq!(bodies(&server.receive_waiting(&url, 30, 5).await), ["late"]);
}

#[tokio::test]
async fn a_visibility_changed_to_zero_gives_the_message_back_at_once() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    server.send(&url, "back").await;
    let message = server.receive(&url, 30).await.remove(0);
    let change = server.client.change_message_visibility().queue_url(&url);
    let change = change.receipt_handle(message.receipt_handle().unwrap());
    change.clone().visibility_timeout(0).send().await.unwrap();

    let refused = change.visibility_timeout(10).send().await.unwrap_err();
    assert!(refused.into_service_error().is_message_not_inflight());
    assert_eq!(bodies(&server.receive(&url, 30).await), ["back"]);
}

#[tokio::test]
async fn a_purged_queue_is_empty() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    server.send(&url, "in flight").await;
    let message = server.receive(&url, 1).await.remove(0);
    server.send(&url, "waiting").await;
    server
        .client
        .purge_queue()
        .queue_url(&url)
        .send()
        .await
        .unwrap();
    assert_eq!(server.counts(&url).await, [0, 0, 0]);
    server.delete(&url, &message).await;
    server.send(&url, "after").await;
    assert_eq!(bodies(&server.receive(&url, 30).await), ["after"]);
}
