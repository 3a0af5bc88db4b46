//! Queues: created, found, described, deleted.

use aws_sdk_sqs::types::QueueAttributeName;
use local_sqs::Sqs;

use crate::{Server, bodies};

#[tokio::test]
async fn a_queues_url_is_where_the_client_reached_us_and_survives_another_port() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/000000000000/chunks"));
    let found = server
        .client
        .get_queue_url()
        .queue_name("chunks")
        .send()
        .await
        .unwrap();
    assert_eq!(found.queue_url(), Some(url.as_str()));
    server
        .send("http://localhost:1/123456789012/chunks", "x")
        .await;
    assert_eq!(bodies(&server.receive(&url, 30).await), ["x"]);
}

#[tokio::test]
async fn creating_a_queue_again_is_fine_unless_its_attributes_differ() {
    let server = Server::start().await;
    let attributes = [(QueueAttributeName::VisibilityTimeout, "90")];
    let url = server.queue("chunks", &attributes).await;
    assert_eq!(server.queue("chunks", &attributes).await, url);
    assert_eq!(server.queue("chunks", &[]).await, url);
    let other = server.client.create_queue().queue_name("chunks");
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
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    let set = server.client.set_queue_attributes().queue_url(&url);
    set.attributes(QueueAttributeName::VisibilityTimeout, "120")
        .send()
        .await
        .unwrap();
    let get = server.client.get_queue_attributes().queue_url(&url);
    let all = get
        .clone()
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let all = all.attributes.unwrap();
    assert_eq!(all[&QueueAttributeName::QueueArn], Sqs::queue_arn("chunks"));
    assert_eq!(all[&QueueAttributeName::VisibilityTimeout], "120");
    assert_eq!(all[&QueueAttributeName::MaximumMessageSize], "1048576");
    assert_eq!(all[&QueueAttributeName::MessageRetentionPeriod], "345600");
    assert!(get.send().await.unwrap().attributes.is_none());
}

#[tokio::test]
async fn queues_are_listed_by_prefix_in_pages_and_a_deleted_one_is_not() {
    let server = Server::start().await;
    for name in ["chunks", "chunks-dead", "uploads"] {
        server.queue(name, &[]).await;
    }
    let list = server.client.list_queues().queue_name_prefix("chunks");
    let first = list.clone().max_results(1).send().await.unwrap();
    assert!(first.queue_urls()[0].ends_with("/chunks"));
    let second = list
        .clone()
        .max_results(1)
        .set_next_token(first.next_token)
        .send()
        .await
        .unwrap();
    assert!(second.queue_urls()[0].ends_with("/chunks-dead"));
    assert_eq!(second.next_token(), None);

    let delete = server
        .client
        .delete_queue()
        .queue_url(&first.queue_urls.unwrap()[0]);
    delete.send().await.unwrap();
    assert_eq!(list.send().await.unwrap().queue_urls().len(), 1);
}
