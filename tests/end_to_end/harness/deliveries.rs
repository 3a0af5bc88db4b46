//! Chunk messages by hand: made from the plan in S3, delivered in any order, sent again, lost.

use std::collections::VecDeque;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sluice_aws::{Clients, Objects};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;
use sluice_task::manifest::Manifest;
use sluice_task::message::ChunkMessage;

use super::{BUCKET, Caller, Sluice, TASKS, eventually};

/// The queue of chunks.
pub const CHUNKS: &str = "sluice-chunks";
/// Where chunks go that fail again and again.
pub const CHUNKS_DEAD_LETTERS: &str = "sluice-chunks-dead-letter";

impl Sluice {
    /// Plain clients, whose use nobody counts.
    pub async fn clients(&self) -> Clients {
        self.system.services.clients(&self.system.urls).await
    }

    /// Waits until a file is split. The messages of its chunks, in the order of the file.
    pub async fn chunk_messages(&self, caller: &Caller, task_id: u64) -> Vec<String> {
        let task = eventually("the plan of an import", async || {
            let task = caller.task(task_id).await;
            task.chunks?.total.map(|_| task)
        })
        .await;
        let reference = TaskRef {
            station_id: task.station_id,
            task_id: task.task_id,
        };
        let objects = Objects::new(&self.clients().await, BUCKET.to_owned());
        let prefix = object_key::manifests(&reference);
        let manifests = objects.get_all_json(&prefix).await.expect("manifests");
        let manifest = <Manifest>::merge(manifests).expect("a manifest");
        let body = |chunk| {
            let message = ChunkMessage::new(manifest.plan.clone(), chunk);
            serde_json::to_string(&message).expect("JSON")
        };
        manifest.chunks.into_iter().map(body).collect()
    }

    /// Delivers one message to the worker. Whether it was handled; if not, or if the worker's time
    /// was up, SQS would deliver it again.
    pub async fn deliver(&self, body: &str) -> bool {
        self.deliver_to("worker", body).await
    }

    /// As [`Self::deliver`], as if SQS delivered it for the n-th time.
    pub async fn deliver_for(&self, nth: u32, body: &str) -> bool {
        self.invoke_with("worker", body, nth).await
    }

    /// As [`Self::deliver`], to another function.
    pub async fn deliver_to(&self, function: &str, body: &str) -> bool {
        self.invoke_with(function, body, 1).await
    }

    async fn invoke_with(&self, function: &str, body: &str, receive_count: u32) -> bool {
        let record = json!({
            // Another one each time: nothing shows that the one before is over.
            "messageId": format!("by-hand-{receive_count}"),
            "receiptHandle": "by-hand",
            "body": body,
            "attributes": { "ApproximateReceiveCount": receive_count.to_string() },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "awsRegion": "us-east-1",
        });
        let functions = self.system.functions();
        let answer = functions
            .invoke(function, json!({ "Records": [record] }))
            .await;
        answer.is_ok_and(|answer| {
            answer["batchItemFailures"]
                .as_array()
                .is_none_or(Vec::is_empty)
        })
    }

    /// Delivers messages to the worker as SQS would until all are handled, those included that it
    /// sends itself meanwhile. None of them comes to the dead letters.
    pub async fn deliver_all(&self, messages: &[String]) {
        let first = messages.iter().map(|message| (message.clone(), 1));
        let mut waiting: VecDeque<(String, u32)> = first.collect();
        while let Some((message, nth)) = waiting.pop_front() {
            assert!(nth <= 12, "a message is given up");
            if !self.deliver_for(nth, &message).await {
                waiting.push_back((message, nth + 1));
            }
            if waiting.is_empty() {
                let sent = self.take_all(CHUNKS).await;
                waiting.extend(sent.into_iter().map(|message| (message, 1)));
            }
        }
    }

    /// Shows the finisher a task as the table's stream does.
    pub async fn show_to_finisher(&self, task_id: u64) {
        let items = self.items_of(TASKS).await;
        let mut tasks = items.into_iter().filter(|((pk, sk), _)| {
            pk.starts_with("STATION#") && *sk == format!("TASK#{task_id:016}")
        });
        let (_, task) = tasks.next().expect("a task");
        let image: serde_json::Map<String, Value> = task
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value)))
            .collect();
        let record = json!({
            "awsRegion": "us-east-1",
            "eventID": "by-hand",
            "eventName": "MODIFY",
            "dynamodb": {
                "ApproximateCreationDateTime": 0.0,
                "Keys": {},
                "NewImage": image,
                "SequenceNumber": "1",
                "SizeBytes": 0,
                "StreamViewType": "NEW_IMAGE",
            },
        });
        let functions = self.system.functions();
        let shown = functions.invoke("finisher", json!({ "Records": [record] }));
        shown.await.expect("an answer of the finisher");
    }

    /// Runs the sweeper once.
    pub async fn sweep(&self) {
        let swept = self.system.functions().invoke("sweeper", json!({})).await;
        swept.expect("a sweep");
    }

    /// The URL of a queue.
    pub fn queue_url(&self, queue: &str) -> String {
        format!("{}/000000000000/{queue}", self.system.urls.sqs)
    }

    /// Sends a message.
    pub async fn send_message(&self, queue: &str, body: &str) {
        let sqs = self.clients().await.sqs;
        let sent = sqs
            .send_message()
            .queue_url(self.queue_url(queue))
            .message_body(body);
        sent.send().await.expect("a message is sent");
    }

    /// Receives one message and leaves it invisible for a while.
    pub async fn receive(&self, queue: &str, invisible: Duration) -> Option<Message> {
        let sqs = self.clients().await.sqs;
        let received = sqs
            .receive_message()
            .queue_url(self.queue_url(queue))
            .visibility_timeout(invisible.as_secs() as i32)
            .send()
            .await;
        received.expect("an answer of SQS").messages?.pop()
    }

    /// Receives messages until there is none, and deletes them. Their bodies.
    pub async fn take_all(&self, queue: &str) -> Vec<String> {
        let sqs = self.clients().await.sqs;
        let mut bodies = Vec::new();
        while let Some(message) = self.receive(queue, Duration::from_mins(1)).await {
            sqs.delete_message()
                .queue_url(self.queue_url(queue))
                .set_receipt_handle(message.receipt_handle)
                .send()
                .await
                .expect("a message is deleted");
            bodies.push(message.body.expect("a body"));
        }
        bodies
    }

    /// Waits until nothing waits in a queue and nothing of it is in flight.
    pub async fn drained(&self, queue: &str) {
        let sqs = self.clients().await.sqs;
        eventually("an empty queue", async || {
            let asked = sqs
                .get_queue_attributes()
                .queue_url(self.queue_url(queue))
                .attribute_names(QueueAttributeName::All)
                .send()
                .await
                .expect("attributes");
            let attributes = asked.attributes.unwrap_or_default();
            let none = |name| attributes.get(&name).is_some_and(|count| count == "0");
            let waiting = none(QueueAttributeName::ApproximateNumberOfMessages);
            let in_flight = none(QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
            (waiting && in_flight).then_some(())
        })
        .await;
    }
}

/// An attribute in DynamoDB's JSON.
pub fn attribute(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(yes) => json!({ "BOOL": yes }),
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes) }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::M(values) => {
            let values = values.iter();
            let values = values.map(|(name, value)| (name.clone(), attribute(value)));
            json!({ "M": values.collect::<serde_json::Map<_, _>>() })
        }
        AttributeValue::L(values) => {
            let values: Vec<Value> = values.iter().map(attribute).collect();
            json!({ "L": values })
        }
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        other => panic!("nothing here has {other:?}"),
    }
}
