//! The embedded SQS as the real AWS SDK sees it, over a loopback listener.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batches;
mod dead_letters;
mod errors;
mod fairness;
mod messages;
mod polling;
mod queues;
mod restart;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use local_sqs::Sqs;
use tokio::net::TcpListener;

/// An SQS being served, and a client for it.
struct Server {
    sqs: Sqs,
    client: Client,
}

impl Server {
    async fn start() -> Self {
        Self::serve(Sqs::in_memory().unwrap()).await
    }

    async fn serve(sqs: Sqs) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = sqs.router();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(endpoint)
            .build();
        Self {
            sqs,
            client: Client::from_conf(config),
        }
    }

    /// Creates a queue and answers its URL.
    async fn queue(&self, name: &str, attributes: &[(QueueAttributeName, &str)]) -> String {
        let mut request = self.client.create_queue().queue_name(name);
        for (name, value) in attributes {
            request = request.attributes(name.clone(), *value);
        }
        request.send().await.unwrap().queue_url.unwrap()
    }

    /// Creates a queue whose messages go to the queue `dead` after `max_receive_count` receives.
    async fn queue_with_dead_letters(&self, name: &str, max_receive_count: u32) -> String {
        self.queue("dead", &[]).await;
        let arn = Sqs::queue_arn("dead");
        let policy =
            format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{max_receive_count}}}"#);
        self.queue(name, &[(QueueAttributeName::RedrivePolicy, &policy)])
            .await
    }

    async fn send(&self, url: &str, body: &str) {
        self.client
            .send_message()
            .queue_url(url)
            .message_body(body)
            .send()
            .await
            .unwrap();
    }

    async fn send_to_group(&self, url: &str, group: &str, body: &str) {
        let request = self.client.send_message().queue_url(url).message_body(body);
        request.message_group_id(group).send().await.unwrap();
    }

    /// Receives up to ten messages with all their attributes, invisible for `visibility_s`.
    async fn receive(&self, url: &str, visibility_s: i32) -> Vec<Message> {
        self.receive_waiting(url, visibility_s, 0).await
    }

    async fn receive_waiting(&self, url: &str, visibility_s: i32, wait_s: i32) -> Vec<Message> {
        let request = self
            .client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10);
        let request = request
            .visibility_timeout(visibility_s)
            .wait_time_seconds(wait_s);
        let request = request.message_system_attribute_names("All".into());
        let answer = request.message_attribute_names("All").send().await.unwrap();
        answer.messages.unwrap_or_default()
    }

    async fn delete(&self, url: &str, message: &Message) {
        let handle = message.receipt_handle().unwrap();
        let request = self
            .client
            .delete_message()
            .queue_url(url)
            .receipt_handle(handle);
        request.send().await.unwrap();
    }

    /// How many messages are available, in flight and delayed.
    async fn counts(&self, url: &str) -> [usize; 3] {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let request = self.client.get_queue_attributes().queue_url(url);
        let request = request.set_attribute_names(Some(names.to_vec()));
        let attributes = request.send().await.unwrap().attributes.unwrap();
        names.map(|name| attributes[&name].parse().unwrap())
    }
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.body().unwrap())
        .collect()
}

fn attribute<'a>(message: &'a Message, name: &str) -> &'a str {
    message
        .attributes()
        .and_then(|attributes| attributes.get(&name.into()))
        .unwrap()
}
