//! Messages that fail too often, and the way back.

use aws_sdk_sqs::types::QueueAttributeName;
use local_sqs::Sqs;

use crate::{Server, attribute, bodies};

/// Receives what is there and lets it become visible again.
async fn fail(server: &Server, url: &str) -> usize {
    server.receive(url, 0).await.len()
}

#[tokio::test]
async fn a_message_received_more_than_max_receive_count_times_is_a_dead_letter() {
    let server = Server::start().await;
    let url = server.queue_with_dead_letters("chunks", 2).await;
    let dead_url = server.queue("dead", &[]).await;
    server.send_to_group(&url, "station", "poison").await;
    let first = server.receive(&url, 0).await.remove(0);
    assert_eq!(fail(&server, &url).await, 1);
    assert_eq!(fail(&server, &url).await, 0);

    let dead = server.receive(&dead_url, 30).await;
    assert_eq!(bodies(&dead), ["poison"]);
    assert_eq!(dead[0].message_id(), first.message_id());
    assert_eq!(
        attribute(&dead[0], "SentTimestamp"),
        attribute(&first, "SentTimestamp")
    );
    assert_eq!(
        attribute(&dead[0], "DeadLetterQueueSourceArn"),
        Sqs::queue_arn("chunks")
    );
    assert_eq!(attribute(&dead[0], "MessageGroupId"), "station");
    assert_eq!(server.counts(&url).await, [0, 0, 0]);
}

#[tokio::test]
async fn a_long_poll_on_the_dead_letter_queue_wakes_up() {
    let server = Server::start().await;
    let url = server.queue_with_dead_letters("chunks", 1).await;
    let dead_url = server.queue("dead", &[]).await;
    server.send(&url, "poison").await;
    let kill = async {
        fail(&server, &url).await;
        fail(&server, &url).await;
    };
    let (dead, ()) = tokio::join!(server.receive_waiting(&dead_url, 30, 5), kill);
    assert_eq!(bodies(&dead), ["poison"]);
}

#[tokio::test]
async fn a_move_task_brings_dead_letters_back_as_new_messages() {
    let server = Server::start().await;
    let url = server.queue_with_dead_letters("chunks", 1).await;
    let dead_url = server.queue("dead", &[]).await;
    server.send(&url, "poison").await;
    let first = server.receive(&url, 0).await.remove(0);
    fail(&server, &url).await;
    assert_eq!(server.counts(&dead_url).await, [1, 0, 0]);

    let arn = Sqs::queue_arn("dead");
    let task = server
        .client
        .start_message_move_task()
        .source_arn(&arn)
        .send()
        .await
        .unwrap();
    assert!(task.task_handle().is_some());
    let again = server.receive(&url, 0).await;
    assert_eq!(bodies(&again), ["poison"]);
    assert_eq!(attribute(&again[0], "ApproximateReceiveCount"), "1");
    assert_ne!(again[0].message_id(), first.message_id());

    let tasks = server
        .client
        .list_message_move_tasks()
        .source_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_eq!(tasks.results()[0].status(), Some("COMPLETED"));
    assert_eq!(tasks.results()[0].approximate_number_of_messages_moved(), 1);
}

#[tokio::test]
async fn a_move_task_takes_a_destination_and_leaves_messages_that_came_from_nowhere() {
    let server = Server::start().await;
    server.queue_with_dead_letters("chunks", 1).await;
    let dead_url = server.queue("dead", &[]).await;
    let other_url = server.queue("other", &[]).await;
    server.send(&dead_url, "sent directly").await;

    let arn = Sqs::queue_arn("dead");
    let start = server.client.start_message_move_task().source_arn(&arn);
    start.clone().send().await.unwrap();
    assert_eq!(server.counts(&dead_url).await, [1, 0, 0]);
    let tasks = server
        .client
        .list_message_move_tasks()
        .source_arn(&arn)
        .send()
        .await
        .unwrap();
    let reason = tasks.results()[0].failure_reason();
    assert_eq!(reason, Some("CouldNotDetermineMessageSource"));

    start
        .destination_arn(Sqs::queue_arn("other"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        bodies(&server.receive(&other_url, 0).await),
        ["sent directly"]
    );
}

#[tokio::test]
async fn only_a_dead_letter_queue_can_be_the_source_of_a_move_task() {
    let server = Server::start().await;
    server.queue("chunks", &[]).await;
    let start = server.client.start_message_move_task();
    let refused = start
        .clone()
        .source_arn(Sqs::queue_arn("chunks"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        refused.into_service_error().meta().code(),
        Some("InvalidParameterValue")
    );
    let refused = start
        .source_arn(Sqs::queue_arn("nowhere"))
        .send()
        .await
        .unwrap_err();
    assert!(
        refused
            .into_service_error()
            .is_resource_not_found_exception()
    );
}

#[tokio::test]
async fn a_redrive_policy_can_be_set_later_and_needs_its_target() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    let arn = Sqs::queue_arn("dead");
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"3"}}"#);
    let set = server.client.set_queue_attributes().queue_url(&url);
    let set = set.attributes(QueueAttributeName::RedrivePolicy, policy);
    let refused = set.clone().send().await.unwrap_err();
    assert_eq!(
        refused.into_service_error().meta().code(),
        Some("InvalidParameterValue")
    );

    let dead_url = server.queue("dead", &[]).await;
    set.send().await.unwrap();
    let sources = server
        .client
        .list_dead_letter_source_queues()
        .queue_url(dead_url);
    assert_eq!(sources.send().await.unwrap().queue_urls(), [url]);
}
