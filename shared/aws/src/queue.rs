//! A queue: messages sent in batches, and messages that are to come again.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::time::Duration;

use aws_sdk_sqs::types::{
    BatchResultErrorEntry, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
    QueueAttributeName, SendMessageBatchRequestEntry,
};
use serde::Serialize;
use sluice_basics::ids::StationId;
use sluice_retry::RetryPolicy;

use crate::clients::Clients;
use crate::error::{AwsError, is_passing};
use crate::meter::Meter;
use crate::traced::current_trace;

/// Entries a batch takes.
const BATCH: usize = 10;

/// One queue.
#[derive(Clone, Debug)]
pub struct Queue {
    sqs: aws_sdk_sqs::Client,
    meter: Meter,
    url: String,
}

/// A message that was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// What it says.
    pub body: String,
    /// By what SQS knows it.
    pub message_id: String,
    /// With which it is deleted.
    pub receipt_handle: String,
}

/// Messages that SQS did not take.
#[derive(Debug, thiserror::Error)]
#[error("{} of {of} messages were not sent, the first of them is number {}", places.len(), first(places))]
struct NotSent {
    /// Their places among the messages that were to be sent, from 0.
    places: Vec<usize>,
    of: usize,
    #[source]
    why: Box<dyn Error + Send + Sync>,
}

fn first(places: &[usize]) -> usize {
    places.first().map_or(0, |first| first + 1)
}

/// What SQS answered to a batch.
#[derive(Debug, Default)]
struct Answer {
    /// The ids of the entries that it took.
    taken: HashSet<String>,
    refused: Vec<BatchResultErrorEntry>,
}

/// A batch that SQS did not take as a whole.
#[derive(Debug)]
struct Refused {
    entries: Vec<Entry>,
    why: AwsError,
}

impl Queue {
    /// The queue at `url`.
    pub fn new(clients: &Clients, url: String) -> Self {
        Self {
            sqs: clients.sqs.clone(),
            meter: clients.meter.clone(),
            url,
        }
    }

    /// Sends messages of one station. The station is the message group: SQS then delivers the
    /// messages of quiet stations before those of a busy one.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html>
    ///
    /// The error says how many messages were not sent.
    pub async fn send<M: Serialize>(
        &self,
        station: &StationId,
        messages: &[M],
    ) -> Result<(), AwsError> {
        let trace = trace_attribute()?;
        let mut sent = 0;
        for batch in messages.chunks(BATCH) {
            let mut entries = Vec::with_capacity(batch.len());
            for (index, message) in batch.iter().enumerate() {
                let body = serde_json::to_string(message)
                    .map_err(|error| AwsError::new("SendMessageBatch", error))?;
                let entry = SendMessageBatchRequestEntry::builder()
                    .id((sent + index).to_string())
                    .message_body(body)
                    .message_group_id(station.as_str())
                    .set_message_system_attributes(trace.clone())
                    .build()
                    .map_err(|error| AwsError::new("SendMessageBatch", error))?;
                entries.push(entry);
            }
            sent += batch.len();
            let whole = send_whole(entries, |entries| self.send_batch(entries));
            if let Err(Refused { entries, why }) = whole.await {
                let places = entries.iter().filter_map(|entry| entry.id().parse().ok());
                let places = places.chain(sent..messages.len()).collect();
                let of = messages.len();
                return Err(why.because(|why| NotSent { places, of, why }));
            }
        }
        Ok(())
    }

    /// Sends a message of one station that is shown after `wait`, at most 15 minutes.
    pub async fn send_later<M: Serialize>(
        &self,
        station: &StationId,
        message: &M,
        wait: Duration,
    ) -> Result<(), AwsError> {
        let body = serde_json::to_string(message);
        self.sqs
            .send_message()
            .queue_url(&self.url)
            .message_body(body.map_err(|error| AwsError::new("SendMessage", error))?)
            .message_group_id(station.as_str())
            .delay_seconds(wait.as_secs() as i32)
            .set_message_system_attributes(trace_attribute()?)
            .send()
            .await
            .map_err(AwsError::of("SendMessage"))?;
        self.meter.add_messages_sent(1);
        Ok(())
    }

    /// Sends a message as it was received from elsewhere.
    pub async fn send_again(&self, body: &str) -> Result<(), AwsError> {
        self.sqs
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .send()
            .await
            .map_err(AwsError::of("SendMessage"))?;
        self.meter.add_messages_sent(1);
        Ok(())
    }

    /// At most ten messages, without waiting for more.
    pub async fn receive(&self) -> Result<Vec<Received>, AwsError> {
        let answer = self
            .sqs
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(BATCH as i32)
            .send()
            .await
            .map_err(AwsError::of("ReceiveMessage"))?;
        let messages = answer.messages.unwrap_or_default().into_iter();
        Ok(messages
            .map(|message| Received {
                body: message.body.unwrap_or_default(),
                message_id: message.message_id.unwrap_or_default(),
                receipt_handle: message.receipt_handle.unwrap_or_default(),
            })
            .collect())
    }

    /// Returns how many messages wait or are being handled. Messages that were sent with a delay do not count before
    /// it is over. SQS's counts are approximate and may be those of a minute ago.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
    pub async fn length(&self) -> Result<u64, AwsError> {
        let counts = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let answer = self
            .sqs
            .get_queue_attributes()
            .queue_url(&self.url)
            .set_attribute_names(Some(counts.to_vec()))
            .send()
            .await
            .map_err(AwsError::of("GetQueueAttributes"))?;
        sum_of(answer.attributes.as_ref(), &counts).ok_or_else(|| {
            AwsError::passing("GetQueueAttributes", "SQS said no number of messages")
        })
    }

    /// Deletes a message that was received.
    pub async fn delete(&self, receipt_handle: &str) -> Result<(), AwsError> {
        self.sqs
            .delete_message()
            .queue_url(&self.url)
            .receipt_handle(receipt_handle)
            .send()
            .await
            .map_err(AwsError::of("DeleteMessage"))?;
        Ok(())
    }

    /// Makes a message that was received visible again after `wait`.
    pub async fn deliver_again_in(
        &self,
        receipt_handle: &str,
        wait: Duration,
    ) -> Result<(), AwsError> {
        self.sqs
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(wait.as_secs() as i32)
            .send()
            .await
            .map_err(AwsError::of("ChangeMessageVisibility"))?;
        Ok(())
    }

    async fn send_batch(&self, entries: Vec<Entry>) -> Result<Answer, AwsError> {
        let answer = self
            .sqs
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(AwsError::of("SendMessageBatch"))?;
        self.meter.add_messages_sent(answer.successful().len());
        let taken = answer.successful().iter();
        Ok(Answer {
            taken: taken.map(|taken| taken.id().to_owned()).collect(),
            refused: answer.failed,
        })
    }
}

/// The sum of some counts; none if one of them is missing or no number.
fn sum_of(
    attributes: Option<&HashMap<QueueAttributeName, String>>,
    names: &[QueueAttributeName],
) -> Option<u64> {
    let count = |name| attributes?.get(name)?.parse::<u64>().ok();
    names.iter().map(count).sum()
}

/// Sends a batch until all its entries are taken. A batch can be taken in part: entries that SQS
/// does not confirm are sent again, as long as that can help. Errors of the whole call are final:
/// the SDK has tried again.
async fn send_whole<F: Future<Output = Result<Answer, AwsError>>>(
    mut entries: Vec<Entry>,
    call: impl Fn(Vec<Entry>) -> F,
) -> Result<(), Refused> {
    let mut backoff = RetryPolicy::PARTLY_SENT.backoff();
    loop {
        let answer = match call(entries.clone()).await {
            Ok(answer) => answer,
            Err(why) => return Err(Refused { entries, why }),
        };
        entries.retain(|entry| !answer.taken.contains(entry.id()));
        if entries.is_empty() {
            return Ok(());
        }
        let is_final = |refused: &&BatchResultErrorEntry| !may_pass(refused);
        let refused = answer.refused.iter().find(is_final);
        let refused = refused.or(answer.refused.first());
        if refused.is_none_or(may_pass) && backoff.wait().await.is_ok() {
            continue;
        }
        let why = match refused {
            Some(refused) => {
                let message = refused.message().unwrap_or_default().to_owned();
                AwsError::answered(
                    "SendMessageBatch",
                    refused.code(),
                    may_pass(refused),
                    message,
                )
            }
            None => AwsError::passing("SendMessageBatch", "SQS said nothing about an entry"),
        };
        return Err(Refused { entries, why });
    }
}

/// Whether an entry may be taken later: throttles count as the sender's fault, too.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_BatchResultErrorEntry.html>
fn may_pass(refused: &BatchResultErrorEntry) -> bool {
    !refused.sender_fault() || is_passing(refused.code())
}

/// The trace of the work that sends, which the messages carry on.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html>
fn trace_attribute() -> Result<Option<TraceAttribute>, AwsError> {
    let Some(trace) = current_trace() else {
        return Ok(None);
    };
    let value = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value(trace.to_string())
        .build()
        .map_err(|error| AwsError::new("SendMessageBatch", error))?;
    let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
    Ok(Some(HashMap::from([(name, value)])))
}

type Entry = SendMessageBatchRequestEntry;
type TraceAttribute = HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue>;

#[cfg(test)]
mod tests;
