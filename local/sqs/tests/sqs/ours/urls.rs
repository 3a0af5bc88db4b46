//! The URLs of queues.

use super::Running;
use crate::service::bodies;

#[tokio::test]
async fn a_queues_url_is_where_the_client_reached_us_and_survives_another_port() {
    let running = Running::start().await;
    let url = running.queue("chunks", &[]).await;
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/000000000000/chunks"));
    let found = running
        .client
        .get_queue_url()
        .queue_name("chunks")
        .send()
        .await
        .unwrap();
    assert_eq!(found.queue_url(), Some(url.as_str()));
    running
        .send("http://localhost:1/123456789012/chunks", "x")
        .await;
    assert_eq!(bodies(&running.receive(&url, 30).await), ["x"]);
}

#[tokio::test]
async fn what_is_sent_to_a_queue_is_counted() {
    let running = Running::start().await;
    let url = running.queue("chunks", &[]).await;
    running.send(&url, "x").await;
    assert_eq!(running.sqs.send_count("chunks"), 1);
    assert_eq!(running.sqs.send_count("nowhere"), 0);
}
