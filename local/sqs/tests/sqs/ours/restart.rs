//! What a killed process leaves behind. The files of a running SQS are copied as they are: that is
//! the state in which `kill -9` leaves them.

use std::fs;
use std::path::Path;

use aws_sdk_sqs::types::QueueAttributeName;
use local_sqs::Sqs;

use super::Running;
use crate::service::{attribute, bodies};

/// Serves what is in the files at this moment.
async fn killed_and_restarted(folder: &Path) -> Running {
    let copy = folder.join("restarted");
    fs::create_dir(&copy).unwrap();
    for file in ["sqs.db", "sqs.db-wal"] {
        fs::copy(folder.join(file), copy.join(file)).unwrap();
    }
    Running::serve(Sqs::open(&copy.join("sqs.db")).unwrap()).await
}

#[tokio::test]
async fn a_restart_keeps_messages_and_frees_those_in_flight() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::serve(Sqs::open(&folder.path().join("sqs.db")).unwrap()).await;
    let url = running
        .queue("chunks", &[(QueueAttributeName::VisibilityTimeout, "900")])
        .await;
    for body in ["deleted", "in flight", "waiting"] {
        running.send_to_group(&url, "station", body).await;
    }
    let late = running
        .client
        .send_message()
        .queue_url(&url)
        .message_body("delayed");
    late.delay_seconds(900).send().await.unwrap();
    let receive = running
        .client
        .receive_message()
        .queue_url(&url)
        .max_number_of_messages(2);
    let received = receive.send().await.unwrap().messages.unwrap();
    running.delete(&url, &received[0]).await;
    assert_eq!(running.counts(&url).await, [1, 1, 1]);

    let running = killed_and_restarted(folder.path()).await;
    assert_eq!(running.counts(&url).await, [2, 0, 1]);
    let again = running.receive(&url, 0).await;
    assert_eq!(bodies(&again), ["in flight", "waiting"]);
    assert_eq!(attribute(&again[0], "ApproximateReceiveCount"), "2");
    assert_eq!(attribute(&again[0], "MessageGroupId"), "station");
    assert_eq!(attribute(&again[1], "ApproximateReceiveCount"), "1");
    let get = running.client.get_queue_attributes().queue_url(&url);
    let kept = get
        .attribute_names(QueueAttributeName::VisibilityTimeout)
        .send()
        .await
        .unwrap();
    assert_eq!(
        kept.attributes.unwrap()[&QueueAttributeName::VisibilityTimeout],
        "900"
    );
}

#[tokio::test]
async fn a_receiver_that_outlives_the_process_can_still_delete_its_message() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::serve(Sqs::open(&folder.path().join("sqs.db")).unwrap()).await;
    let url = running.queue("chunks", &[]).await;
    running.send(&url, "survivor").await;
    let message = running.receive(&url, 900).await.remove(0);
    let running = killed_and_restarted(folder.path()).await;
    running.delete(&url, &message).await;
    assert_eq!(running.counts(&url).await, [0, 0, 0]);
}

#[tokio::test]
async fn a_file_in_use_cannot_be_opened_a_second_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sqs.db");
    let first = Sqs::open(&path).unwrap();
    assert!(Sqs::open(&path).is_err());
    drop(first);
    assert!(Sqs::open(&path).is_ok());
}
