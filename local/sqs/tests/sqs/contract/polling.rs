//! The long poll: it ends when there is a message, and not before its time if there is none.

use std::time::{Duration, Instant};

use crate::service::{Service, bodies};

#[tokio::test]
async fn a_long_poll_wakes_up_when_a_message_is_sent() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let started = Instant::now();
    let send = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        sqs.send(&url, "news").await;
    };
    let (received, ()) = tokio::join!(sqs.receive_waiting(&url, 30, 20), send);
    assert_eq!(bodies(&received), ["news"]);
    let elapsed = started.elapsed();
    assert!(elapsed >= Duration::from_millis(300) && elapsed < Duration::from_secs(3));
}

#[tokio::test]
async fn a_long_poll_wakes_up_when_a_visibility_is_ended_early() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    sqs.send(&url, "given up").await;
    let message = sqs.receive(&url, 600).await.remove(0);
    let change = sqs
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
    let (received, ()) = tokio::join!(sqs.receive_waiting(&url, 30, 20), give_up);
    assert_eq!(bodies(&received), ["given up"]);
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_long_poll_of_an_empty_queue_ends_after_its_waiting_time() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let started = Instant::now();
    let received = sqs.receive_waiting(&url, 30, 1).await;
    assert!(received.is_empty());
    let elapsed = started.elapsed();
    assert!(elapsed >= Duration::from_secs(1) && elapsed < Duration::from_secs(3));
}

#[tokio::test]
async fn each_message_wakes_exactly_one_of_several_receivers() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let send = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        sqs.send(&url, "one").await;
    };
    let poll = || sqs.receive_waiting(&url, 30, 1);
    let (a, b, c, ()) = tokio::join!(poll(), poll(), poll(), send);
    assert_eq!(a.len() + b.len() + c.len(), 1);
}
