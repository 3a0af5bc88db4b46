//! The long poll: it ends when there is a message, and not before its time if there is none.

use std::time::{Duration, Instant};

use aws_sdk_sqs::types::QueueAttributeName;

use crate::{Server, bodies};

#[tokio::test]
async fn a_long_poll_wakes_up_when_a_message_is_sent() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    let started = Instant::now();
    let send = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.send(&url, "news").await;
    };
    let (received, ()) = tokio::join!(server.receive_waiting(&url, 30, 20), send);
    assert_eq!(bodies(&received), ["news"]);
    let elapsed = started.elapsed();
    assert!(elapsed >= Duration::from_millis(300) && elapsed < Duration::from_secs(3));
}

#[tokio::test]
async fn a_long_poll_wakes_up_when_a_visibility_is_ended_early() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    server.send(&url, "given up").await;
    let message = server.receive(&url, 600).await.remove(0);
    let change = server
        .client
        .change_message_visibility()
        .queue_url(&url)
        .visibility_timeout(0);
    let change = change.receipt_handle(message.receipt_handle().unwrap());
    let give_up = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        change.send().await.unwrap();
    };
    let started = Instant::now();
    let (received, ()) = tokio::join!(server.receive_waiting(&url, 30, 20), give_up);
    assert_eq!(bodies(&received), ["given up"]);
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_long_poll_of_an_empty_queue_ends_after_the_queues_waiting_time() {
    let server = Server::start().await;
    let wait = QueueAttributeName::ReceiveMessageWaitTimeSeconds;
    let url = server.queue("chunks", &[(wait, "1")]).await;
    let started = Instant::now();
    let answer = server
        .client
        .receive_message()
        .queue_url(&url)
        .send()
        .await
        .unwrap();
    assert!(answer.messages.is_none());
    let elapsed = started.elapsed();
    assert!(elapsed >= Duration::from_secs(1) && elapsed < Duration::from_secs(3));
}

#[tokio::test]
async fn each_message_wakes_exactly_one_of_several_receivers() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    let send = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.send(&url, "one").await;
    };
    let poll = || server.receive_waiting(&url, 30, 1);
    let (a, b, c, ()) = tokio::join!(poll(), poll(), poll(), send);
    assert_eq!(a.len() + b.len() + c.len(), 1);
}

#[tokio::test]
async fn a_long_poll_ends_when_its_queue_is_deleted() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    let delete = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server
            .client
            .delete_queue()
            .queue_url(&url)
            .send()
            .await
            .unwrap();
    };
    let poll = server
        .client
        .receive_message()
        .queue_url(&url)
        .wait_time_seconds(20)
        .send();
    let (answer, ()) = tokio::join!(poll, delete);
    assert!(
        answer
            .unwrap_err()
            .into_service_error()
            .is_queue_does_not_exist()
    );
}
