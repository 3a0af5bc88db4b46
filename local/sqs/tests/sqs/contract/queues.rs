//! Queues: created, found, described.

use aws_sdk_sqs::types::QueueAttributeName;

use crate::service::Service;

#[tokio::test]
async fn a_queue_is_found_by_its_name() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let find = sqs.client.get_queue_url().queue_name(sqs.name("chunks"));
    let found = find.send().await.unwrap();
    assert_eq!(found.queue_url(), Some(url.as_str()));
}

#[tokio::test]
async fn creating_a_queue_again_is_fine_unless_its_attributes_differ() {
    let sqs = Service::start().await;
    let attributes = [(QueueAttributeName::VisibilityTimeout, "90")];
    let url = sqs.queue("chunks", &attributes).await;
    assert_eq!(sqs.queue("chunks", &attributes).await, url);
    assert_eq!(sqs.queue("chunks", &[]).await, url);
    let other = sqs.client.create_queue().queue_name(sqs.name("chunks"));
    let other = other
        .attributes(QueueAttributeName::VisibilityTimeout, "91")
        .send()
        .await;
    assert!(
        other
            .unwrap_err()
            .into_service_error()
            .is_queue_name_exists()
    );
}

#[tokio::test]
async fn attributes_are_shown_and_changed() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let set = sqs.client.set_queue_attributes().queue_url(&url);
    set.attributes(QueueAttributeName::VisibilityTimeout, "120")
        .send()
        .await
        .unwrap();
    let get = sqs.client.get_queue_attributes().queue_url(&url);
    let all = get
        .clone()
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let all = all.attributes.unwrap();
    assert!(all[&QueueAttributeName::QueueArn].ends_with(&sqs.name("chunks")));
    assert_eq!(all[&QueueAttributeName::VisibilityTimeout], "120");
    assert_eq!(all[&QueueAttributeName::MessageRetentionPeriod], "345600");
}
