//! Batches: their limits, and entries that fail beside others that hold.

use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry};

use crate::service::{Service, bodies};

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder()
        .id(id)
        .message_body(body)
        .build()
        .unwrap()
}

#[tokio::test]
async fn ten_messages_go_in_one_batch_and_come_in_one_receive() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let entries = (0..10)
        .map(|n| entry(&format!("id{n}"), &format!("{n}")))
        .collect();
    let batch = sqs
        .client
        .send_message_batch()
        .queue_url(&url)
        .set_entries(Some(entries));
    let sent = batch.send().await.unwrap();
    assert_eq!((sent.successful().len(), sent.failed().len()), (10, 0));
    let received = sqs.receive(&url, 30).await;
    let expected: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    assert_eq!(bodies(&received), expected);
    let ids: Vec<_> = sent
        .successful()
        .iter()
        .map(|entry| Some(entry.message_id()))
        .collect();
    assert_eq!(
        ids,
        received
            .iter()
            .map(|message| message.message_id())
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_batch_has_one_to_ten_entries_with_distinct_ids() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let send = |entries: Vec<SendMessageBatchRequestEntry>| {
        let batch = sqs
            .client
            .send_message_batch()
            .queue_url(&url)
            .set_entries(Some(entries));
        async { batch.send().await.unwrap_err().into_service_error() }
    };
    assert!(send(Vec::new()).await.is_empty_batch_request());
    let eleven = (0..11).map(|n| entry(&format!("id{n}"), "x")).collect();
    assert!(send(eleven).await.is_too_many_entries_in_batch_request());
    let twins = vec![entry("a", "x"), entry("a", "y")];
    assert!(send(twins).await.is_batch_entry_ids_not_distinct());
    assert!(
        send(vec![entry("not ok", "x")])
            .await
            .is_invalid_batch_entry_id()
    );
    assert_eq!(sqs.counts(&url).await, [0, 0, 0]);
}

#[tokio::test]
async fn a_message_and_a_batch_are_at_most_1_mib() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let largest = "x".repeat(1_048_576);
    sqs.send(&url, &largest).await;
    let too_large = sqs
        .client
        .send_message()
        .queue_url(&url)
        .message_body(largest + "x");
    let refused = too_large.send().await.unwrap_err().into_service_error();
    assert_eq!(refused.meta().code(), Some("InvalidParameterValue"));

    let half = "x".repeat(524_288);
    let batch = sqs
        .client
        .send_message_batch()
        .queue_url(&url)
        .entries(entry("a", &half));
    let too_long = batch
        .clone()
        .entries(entry("b", &format!("{half}x")))
        .send()
        .await;
    assert!(
        too_long
            .unwrap_err()
            .into_service_error()
            .is_batch_request_too_long()
    );
    batch.entries(entry("b", &half)).send().await.unwrap();
    assert_eq!(sqs.counts(&url).await, [3, 0, 0]);
}

#[tokio::test]
async fn an_invalid_entry_fails_alone_when_a_batch_is_sent() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let batch = sqs.client.send_message_batch().queue_url(&url);
    let sent = batch
        .entries(entry("good", "x"))
        .entries(entry("bad", "\u{1}"))
        .send()
        .await;
    let sent = sent.unwrap();
    assert_eq!(sent.successful()[0].id(), "good");
    let failed = &sent.failed()[0];
    assert_eq!(
        (failed.id(), failed.code()),
        ("bad", "InvalidMessageContents")
    );
    assert!(failed.sender_fault());
    assert_eq!(sqs.counts(&url).await, [1, 0, 0]);
}

#[tokio::test]
async fn an_invalid_handle_fails_alone_when_a_batch_is_deleted() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    sqs.send(&url, "x").await;
    let message = sqs.receive(&url, 30).await.remove(0);
    let delete = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder()
            .id(id)
            .receipt_handle(handle)
            .build()
            .unwrap()
    };
    let batch = sqs.client.delete_message_batch().queue_url(&url);
    let batch = batch.entries(delete("bad", "nonsense"));
    let batch = batch.entries(delete("good", message.receipt_handle().unwrap()));
    let deleted = batch.send().await.unwrap();
    assert_eq!(deleted.successful()[0].id(), "good");
    let failed = &deleted.failed()[0];
    assert_eq!(
        (failed.id(), failed.code()),
        ("bad", "ReceiptHandleIsInvalid")
    );
    assert_eq!(sqs.counts(&url).await, [0, 0, 0]);
}
