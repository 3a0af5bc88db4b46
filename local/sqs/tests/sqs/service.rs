//! Where the client of the contract's tests comes from, and what tests do with it.

use std::env;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use local_sqs::Sqs;
use tokio::net::TcpListener;

/// The URL of an SQS to test instead of the one of this crate.
pub const ENDPOINT: &str = "SLUICE_SQS_ENDPOINT";

/// An SQS, and queues in it for one test.
pub struct Service {
    pub client: Client,
    /// What the names of the test's queues begin with.
    prefix: String,
}

impl Service {
    /// Starts the SQS of this crate, unless [`ENDPOINT`] names another one.
    pub async fn start() -> Self {
        match env::var(ENDPOINT) {
            Ok(endpoint) => Self::at(&endpoint, format!("{}-", uuid::Uuid::new_v4())),
            Err(_) => Self::of(&Sqs::in_memory().unwrap()).await,
        }
    }

    /// Serves an SQS of this crate.
    pub async fn of(sqs: &Sqs) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = sqs.router();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self::at(&endpoint, String::new())
    }

    fn at(endpoint: &str, prefix: String) -> Self {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(endpoint)
            .build();
        Self {
            client: Client::from_conf(config),
            prefix,
        }
    }

    /// The name that a queue of the test has.
    pub fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The URL that a queue would have which does not exist.
    pub async fn url_of_none(&self) -> String {
        self.queue("some", &[]).await + "-missing"
    }

    /// The ARN of a queue.
    pub async fn arn(&self, url: &str) -> String {
        let get = self.client.get_queue_attributes().queue_url(url);
        let get = get.attribute_names(QueueAttributeName::QueueArn);
        let attributes = get.send().await.unwrap().attributes.unwrap();
        attributes[&QueueAttributeName::QueueArn].clone()
    }

    /// Creates a queue and answers its URL.
    pub async fn queue(&self, name: &str, attributes: &[(QueueAttributeName, &str)]) -> String {
        let mut request = self.client.create_queue().queue_name(self.name(name));
        for (name, value) in attributes {
            request = request.attributes(name.clone(), *value);
        }
        request.send().await.unwrap().queue_url.unwrap()
    }

    /// Creates a queue whose messages go to the queue `dead` after `max_receive_count` receives.
    pub async fn queue_with_dead_letters(&self, name: &str, max_receive_count: u32) -> String {
        let dead_url = self.queue("dead", &[]).await;
        let arn = self.arn(&dead_url).await;
        let policy =
            format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{max_receive_count}}}"#);
        self.queue(name, &[(QueueAttributeName::RedrivePolicy, &policy)])
            .await
    }

    pub async fn send(&self, url: &str, body: &str) {
        self.client
            .send_message()
            .queue_url(url)
            .message_body(body)
            .send()
            .await
            .unwrap();
    }

    pub async fn send_to_group(&self, url: &str, group: &str, body: &str) {
        let request = self.client.send_message().queue_url(url).message_body(body);
        request.message_group_id(group).send().await.unwrap();
    }

    /// Receives up to ten messages with all their attributes, invisible for `visibility_s`.
    pub async fn receive(&self, url: &str, visibility_s: i32) -> Vec<Message> {
        self.receive_waiting(url, visibility_s, 0).await
    }

    pub async fn receive_waiting(&self, url: &str, visibility_s: i32, wait_s: i32) -> Vec<Message> {
        let request = self
            .client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10);
        let request = request
            .visibility_timeout(visibility_s)
            .wait_time_seconds(wait_s);
        let request = request.message_system_attribute_names("All".into());
        let answer = request.send().await.unwrap();
        answer.messages.unwrap_or_default()
    }

    pub async fn delete(&self, url: &str, message: &Message) {
        let handle = message.receipt_handle().unwrap();
        let request = self
            .client
            .delete_message()
            .queue_url(url)
            .receipt_handle(handle);
        request.send().await.unwrap();
    }

    /// How many messages are available, in flight and delayed.
    pub async fn counts(&self, url: &str) -> [usize; 3] {
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

pub fn bodies(messages: &[Message]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.body().unwrap())
        .collect()
}

pub fn attribute<'a>(message: &'a Message, name: &str) -> &'a str {
    message
        .attributes()
        .and_then(|attributes| attributes.get(&name.into()))
        .unwrap()
}
