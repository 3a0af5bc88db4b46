//! What is kept of mailings in the mail table: the markers of batches, addresses that get no e-mails, and the key
//! that signs a station's links to unsubscribe.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | a marker | `MAILING#<station>#<task>` | `<chunk, 8 digits>#<number, 6 digits>` |
//! | an address that gets none | `SUPPRESSED#<station>` | the address |
//! | the key | `STATION#<station>` | `UNSUBSCRIBE` |

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{StationId, TaskId, TaskRef};
use sluice_mail::{Marker, MarkerState, Suppression, SuppressionReason, UnsubscribeKey};
use sluice_retry::RetryPolicy;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;
use crate::task_store::item::{Item, from_item, key, s, station_pk, to_item};

/// How long markers are kept: longer than anything is sent of a mailing.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 40);
/// How long after a mailing has begun something is sent of it. Without its markers nobody would know any more who was
/// sent to.
pub const MAILING_LASTS: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Items that one request of DynamoDB reads, at most.
const MOST_READ_TOGETHER: usize = 100;

/// What is kept of the mailings of all stations.
#[derive(Clone, Debug)]
pub struct Mailings {
    dynamodb: aws_sdk_dynamodb::Client,
    meter: Meter,
    table: String,
}

/// Recipients of a mailing that are handed to SES together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchRef {
    /// The mailing.
    pub task_id: TaskId,
    /// The chunk.
    pub chunk: u32,
    /// The number of their marker among those of the chunk.
    pub number: u32,
}

/// A page of addresses that get no e-mails.
#[derive(Clone, Debug)]
pub struct SuppressionPage {
    /// The addresses, in their order.
    pub suppressions: Vec<Suppression>,
    /// Whether there may be more.
    pub has_more: bool,
}

/// A text that names no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a batch")]
pub struct NoBatch;

impl fmt::Display for BatchRef {
    /// In characters that a tag of SES may have.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            task_id,
            chunk,
            number,
        } = self;
        write!(f, "{task_id}-{chunk}-{number}")
    }
}

impl FromStr for BatchRef {
    type Err = NoBatch;

    fn from_str(text: &str) -> Result<Self, NoBatch> {
        let mut parts = text.split('-');
        let mut next = || parts.next().ok_or(NoBatch);
        let number = |text: &str| text.parse().map_err(|_| NoBatch);
        let batch = Self {
            task_id: next()?.parse().map_err(|_| NoBatch)?,
            chunk: number(next()?)?,
            number: number(next()?)?,
        };
        parts.next().map_or(Ok(batch), |_| Err(NoBatch))
    }
}

/// A marker as it is stored. `accepted` is a set of numbers, to which events add.
#[derive(Debug, Serialize, Deserialize)]
struct StoredMarker {
    claim: String,
    claimed_at: Timestamp,
    places: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suppressed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent: Option<String>,
    expires_at: i64,
}

/// What SES answered, as JSON in a marker.
#[derive(Debug, Default, Serialize, Deserialize)]
struct StoredAnswer {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    failed: BTreeMap<usize, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    again: Vec<usize>,
}

impl Mailings {
    /// Those in the mail table named `table`.
    pub fn new(clients: &Clients, table: String) -> Self {
        Self {
            dynamodb: clients.dynamodb.clone(),
            meter: clients.meter.clone(),
            table,
        }
    }

    /// The markers of a chunk, in their order.
    pub async fn markers(&self, task: &TaskRef, chunk: u32) -> Result<Vec<Marker>, AwsError> {
        let mut markers = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let answer = self
                .dynamodb
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :chunk)")
                .expression_attribute_values(":pk", s(mailing_pk(task)))
                .expression_attribute_values(":chunk", s(format!("{chunk:08}#")))
                .consistent_read(true)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            self.meter.add_read(answer.consumed_capacity());
            for item in answer.items.unwrap_or_default() {
                markers.push(marker_of(item)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(markers);
            }
        }
    }

    /// Claims recipients before they are handed to SES. False if there is a marker of this number already. A claim
    /// whose answer is lost is known by its name, `claim`.
    pub async fn claim(
        &self,
        task: &TaskRef,
        batch: &BatchRef,
        claim: &str,
        places: &[usize],
        suppressed: &[usize],
    ) -> Result<bool, AwsError> {
        let now = Timestamp::now();
        let json = |places: &[usize]| serde_json::to_string(places);
        let broken = |error| AwsError::new("writing an item", error);
        let marker = StoredMarker {
            claim: claim.to_owned(),
            claimed_at: now,
            places: json(places).map_err(broken)?,
            suppressed: if suppressed.is_empty() {
                None
            } else {
                Some(json(suppressed).map_err(broken)?)
            },
            // Nobody is left to be handed to SES.
            sent: places.is_empty().then(|| "{}".to_owned()),
            expires_at: (now + KEPT).as_second(),
        };
        let item = to_item(marker_key(task, batch), &marker)?;
        let request = self
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(
                "attribute_not_exists(pk) OR (claim = :claim AND attribute_not_exists(sent))",
            )
            .expression_attribute_values(":claim", s(claim))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = request.send().await.map_err(AwsError::of("PutItem"));
        self.meter
            .made(answer.map(|answer| answer.consumed_capacity))
    }

    /// Notes what SES answered.
    pub async fn note_answer(
        &self,
        task: &TaskRef,
        batch: &BatchRef,
        failed: &BTreeMap<usize, String>,
        again: &[usize],
    ) -> Result<(), AwsError> {
        let answer = StoredAnswer {
            failed: failed.clone(),
            again: again.to_vec(),
        };
        let json = serde_json::to_string(&answer);
        let json = json.map_err(|error| AwsError::new("writing an item", error))?;
        let answer = self
            .dynamodb
            .update_item()
            .table_name(&self.table)
            .set_key(Some(marker_key(task, batch)))
            .update_expression("SET sent = :sent")
            .expression_attribute_values(":sent", s(json))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("UpdateItem"))?;
        self.meter.add_written(answer.consumed_capacity());
        Ok(())
    }

    /// Which of some batches have a marker without SES's answer. Most have their answer when their events come, and
    /// reading many together costs less than writing to each.
    pub async fn unanswered<'a>(
        &self,
        batches: impl IntoIterator<Item = &'a (StationId, BatchRef)>,
    ) -> Result<BTreeSet<(StationId, BatchRef)>, AwsError> {
        let mut by_key = HashMap::new();
        let mut keys = Vec::new();
        for of @ (station_id, batch) in batches {
            let task = TaskRef {
                station_id: station_id.clone(),
                task_id: batch.task_id,
            };
            let key = marker_key(&task, batch);
            by_key.insert(text_of(&key), of);
            keys.push(key);
        }
        let items = self.read_all(keys, "pk, sk, sent").await?;
        let open = items.iter().filter(|item| !item.contains_key("sent"));
        let open = open.filter_map(|item| by_key.get(&text_of(item)));
        Ok(open.map(|of| (*of).clone()).collect())
    }

    /// Notes that the recipients at these places were sent to, if SES's answer is not known.
    pub async fn note_accepted(
        &self,
        task: &TaskRef,
        batch: &BatchRef,
        places: &BTreeSet<usize>,
    ) -> Result<(), AwsError> {
        let numbers = places.iter().map(ToString::to_string).collect();
        let request = self
            .dynamodb
            .update_item()
            .table_name(&self.table)
            .set_key(Some(marker_key(task, batch)))
            .update_expression("ADD accepted :places")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(sent)")
            .expression_attribute_values(":places", AttributeValue::Ns(numbers))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = request.send().await.map_err(AwsError::of("UpdateItem"));
        self.meter
            .made(answer.map(|answer| answer.consumed_capacity))
            .map(|_| ())
    }

    /// Which of some addresses get no e-mails of a station.
    pub async fn suppressed(
        &self,
        station: &StationId,
        addresses: &BTreeSet<&str>,
    ) -> Result<BTreeSet<String>, AwsError> {
        let keys = addresses
            .iter()
            .map(|address| suppression_key(station, address));
        let mut found = BTreeSet::new();
        for mut item in self.read_all(keys.collect(), "sk").await? {
            if let Some(AttributeValue::S(address)) = item.remove("sk") {
                found.insert(address);
            }
        }
        Ok(found)
    }

    /// Some attributes of the items with these keys that exist, as they are now.
    async fn read_all(&self, keys: Vec<Item>, attributes: &str) -> Result<Vec<Item>, AwsError> {
        let mut items = Vec::new();
        for keys in keys.chunks(MOST_READ_TOGETHER) {
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(keys.to_vec()))
                .consistent_read(true)
                .projection_expression(attributes)
                .build()
                .map_err(|error| AwsError::new("BatchGetItem", error))?;
            let mut open = HashMap::from([(self.table.clone(), keys)]);
            let mut backoff = RetryPolicy::REQUEST.backoff();
            while !open.is_empty() {
                let answer = self
                    .dynamodb
                    .batch_get_item()
                    .set_request_items(Some(open))
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
                    .await
                    .map_err(AwsError::of("BatchGetItem"))?;
                self.meter.add_read(answer.consumed_capacity());
                let found = answer.responses.into_iter().flat_map(HashMap::into_values);
                items.extend(found.flatten());
                open = answer.unprocessed_keys.unwrap_or_default();
                if !open.is_empty() {
                    let waited = backoff.wait().await;
                    waited
                        .map_err(|_| AwsError::passing("BatchGetItem", "keys stay unprocessed"))?;
                }
            }
        }
        Ok(items)
    }

    /// Puts an address on the list of those that get no e-mails. One that is there stays as it is, but what its owner
    /// says counts more than what the station or a server says.
    pub async fn suppress(
        &self,
        station: &StationId,
        address: &str,
        reason: SuppressionReason,
    ) -> Result<(), AwsError> {
        let suppression = Suppression {
            address: address.to_owned(),
            reason,
            since: Timestamp::now(),
        };
        let weaker: &[SuppressionReason] = match reason {
            SuppressionReason::Manual | SuppressionReason::Bounce => &[],
            SuppressionReason::Unsubscribed | SuppressionReason::Complaint => {
                &[SuppressionReason::Manual, SuppressionReason::Bounce]
            }
        };
        let names = weaker.iter().enumerate().map(|(index, weaker)| {
            let text = serde_json::to_value(weaker).ok();
            let text = text
                .as_ref()
                .and_then(|text| text.as_str())
                .unwrap_or_default();
            (format!(":weaker{index}"), s(text))
        });
        let weaker: HashMap<String, AttributeValue> = names.collect();
        let condition = if weaker.is_empty() {
            "attribute_not_exists(pk)"
        } else {
            "attribute_not_exists(pk) OR reason IN (:weaker0, :weaker1)"
        };
        let item = to_item(suppression_key(station, address), &suppression)?;
        let request = self
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values((!weaker.is_empty()).then_some(weaker))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = request.send().await.map_err(AwsError::of("PutItem"));
        self.meter
            .made(answer.map(|answer| answer.consumed_capacity))
            .map(|_| ())
    }

    /// An address of the list.
    pub async fn suppression(
        &self,
        station: &StationId,
        address: &str,
    ) -> Result<Option<Suppression>, AwsError> {
        let item = self.read(suppression_key(station, address)).await?;
        item.map(from_item).transpose()
    }

    /// Takes an address off the list. Nothing happens if it is not on it.
    pub async fn release(&self, station: &StationId, address: &str) -> Result<(), AwsError> {
        let answer = self
            .dynamodb
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(suppression_key(station, address)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("DeleteItem"))?;
        self.meter.add_written(answer.consumed_capacity());
        Ok(())
    }

    /// Addresses of the list after one, at most `limit`.
    pub async fn suppressions(
        &self,
        station: &StationId,
        after: Option<&str>,
        limit: i32,
    ) -> Result<SuppressionPage, AwsError> {
        let answer = self
            .dynamodb
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(suppressed_pk(station)))
            .set_exclusive_start_key(after.map(|after| suppression_key(station, after)))
            .limit(limit)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        self.meter.add_read(answer.consumed_capacity());
        let items = answer.items.unwrap_or_default().into_iter();
        Ok(SuppressionPage {
            suppressions: items.map(from_item).collect::<Result<_, _>>()?,
            has_more: answer.last_evaluated_key.is_some(),
        })
    }

    /// The key that signs a station's links, if it has one.
    pub async fn unsubscribe_key(
        &self,
        station: &StationId,
    ) -> Result<Option<UnsubscribeKey>, AwsError> {
        let item = self.read(key_key(station)).await?;
        let stored: Option<StoredKey> = item.map(from_item).transpose()?;
        Ok(stored.map(|stored| stored.key))
    }

    /// The key that signs a station's links. It is made once.
    pub async fn make_unsubscribe_key(
        &self,
        station: &StationId,
    ) -> Result<UnsubscribeKey, AwsError> {
        if let Some(key) = self.unsubscribe_key(station).await? {
            return Ok(key);
        }
        let fresh = StoredKey {
            key: UnsubscribeKey::new(rand::random()),
        };
        let put = self
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_item(key_key(station), &fresh)?))
            .condition_expression("attribute_not_exists(pk)")
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("PutItem"));
        self.meter.made(put.map(|put| put.consumed_capacity))?;
        // Whoever was first made the key.
        let key = self.unsubscribe_key(station).await?;
        key.ok_or_else(|| AwsError::new("GetItem", "a key that was stored is gone"))
    }

    async fn read(&self, key: Item) -> Result<Option<Item>, AwsError> {
        let answer = self
            .dynamodb
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(AwsError::of("GetItem"))?;
        Ok(answer.item)
    }
}

/// A station's key as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredKey {
    key: UnsubscribeKey,
}

fn marker_of(mut item: Item) -> Result<Marker, AwsError> {
    let unreadable = |error| AwsError::new("reading a marker", error);
    let accepted = match item.remove("accepted") {
        Some(AttributeValue::Ns(numbers)) => numbers,
        _ => Vec::new(),
    };
    let accepted = accepted
        .iter()
        .filter_map(|number| number.parse().ok())
        .collect();
    let stored: StoredMarker = from_item(item)?;
    let places = |json: &str| serde_json::from_str::<Vec<usize>>(json).map_err(unreadable);
    let state = match &stored.sent {
        None => MarkerState::Claimed {
            at: stored.claimed_at,
            accepted,
        },
        Some(answer) => {
            let answer: StoredAnswer = serde_json::from_str(answer).map_err(unreadable)?;
            MarkerState::Sent {
                failed: answer.failed,
                again: answer.again,
            }
        }
    };
    Ok(Marker {
        places: places(&stored.places)?,
        suppressed: places(stored.suppressed.as_deref().unwrap_or("[]"))?,
        state,
    })
}

fn mailing_pk(task: &TaskRef) -> String {
    format!("MAILING#{}#{}", task.station_id, task.task_id)
}

fn marker_key(task: &TaskRef, batch: &BatchRef) -> Item {
    let BatchRef { chunk, number, .. } = batch;
    key(mailing_pk(task), format!("{chunk:08}#{number:06}"))
}

/// The key of an item.
fn text_of(item: &Item) -> [Option<String>; 2] {
    ["pk", "sk"].map(|name| Some(item.get(name)?.as_s().ok()?.clone()))
}

fn suppressed_pk(station: &StationId) -> String {
    format!("SUPPRESSED#{station}")
}

fn suppression_key(station: &StationId, address: &str) -> Item {
    key(suppressed_pk(station), address.to_owned())
}

fn key_key(station: &StationId) -> Item {
    key(station_pk(station), "UNSUBSCRIBE".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_named_so_that_events_bring_its_name_back() {
        let batch = BatchRef {
            task_id: 890_473_042_418_166.try_into().expect("an id"),
            chunk: 7,
            number: 31,
        };
        let name = batch.to_string();
        assert_eq!(name, "890473042418166-7-31");
        assert_eq!(name.parse(), Ok(batch));
        for wrong in ["", "1-2", "1-2-3-4", "x-2-3", "1--3"] {
            assert_eq!(wrong.parse::<BatchRef>(), Err(NoBatch), "{wrong}");
        }
    }
}
