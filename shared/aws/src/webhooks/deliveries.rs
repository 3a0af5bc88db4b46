//! Deliveries: listed, and sent once more.

use aws_sdk_dynamodb::types::{Delete, ReturnConsumedCapacity, TransactWriteItem, Update};
use jiff::Timestamp;
use sluice_basics::ids::StationId;
use sluice_retry::RetryPolicy;
use sluice_webhooks::{Delivery, DeliveryId, DeliveryState, NoticeKey};

use super::WebhookStore;
use super::keys::{DELIVERY_PREFIX, delivery_key, notice_key};
use crate::error::AwsError;
use crate::task_store::item::{Item, from_item, s, station_pk};

/// Entries that one request looks at under a filter, and requests of one page.
const LOOKED_AT: usize = 100;
const REQUESTS: usize = 5;

/// A page of deliveries.
#[derive(Clone, Debug, Default)]
pub struct DeliveryPage {
    /// Newest first.
    pub deliveries: Vec<Delivery>,
    /// The last that was looked at, if there may be more after it.
    pub next: Option<DeliveryId>,
}

impl WebhookStore {
    /// At most `limit` of a station's deliveries, those after (older than) `after`. A page may have fewer, and there
    /// is more as long as it names a `next`.
    pub async fn deliveries(
        &self,
        station: &StationId,
        state: Option<DeliveryState>,
        limit: usize,
        after: Option<&DeliveryId>,
    ) -> Result<DeliveryPage, AwsError> {
        let mut page = DeliveryPage::default();
        let mut start = after.map(|after| delivery_key(station, after));
        let at_once = if state.is_some() { LOOKED_AT } else { limit };
        for _ in 0..REQUESTS {
            let answer = self
                .tasks
                .dynamodb
                .query()
                .table_name(&self.tasks.table)
                .key_condition_expression("pk = :station AND begins_with(sk, :prefix)")
                .expression_attribute_values(":station", s(station_pk(station)))
                .expression_attribute_values(":prefix", s(DELIVERY_PREFIX))
                .scan_index_forward(false)
                .limit(at_once as i32)
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            self.tasks.meter.add_read(answer.consumed_capacity());
            let now = Timestamp::now().as_second();
            for item in answer.items.unwrap_or_default() {
                if page.deliveries.len() == limit {
                    page.next = page.deliveries.last().map(Delivery::id);
                    return Ok(page);
                }
                let Ok(delivery) = from_item::<Delivery>(item) else {
                    tracing::error!(%station, "a delivery cannot be read and is passed over");
                    continue;
                };
                // DynamoDB deletes what has expired a while later.
                let is_wanted = state.is_none_or(|state| delivery.state == state);
                if is_wanted && delivery.expires_at > now {
                    page.deliveries.push(delivery);
                }
            }
            start = answer.last_evaluated_key;
            page.next = start.as_ref().and_then(id_of_key);
            if start.is_none() || page.deliveries.len() == limit {
                break;
            }
        }
        Ok(page)
    }

    /// A delivery of a station.
    pub async fn delivery(
        &self,
        station: &StationId,
        id: &DeliveryId,
    ) -> Result<Option<Delivery>, AwsError> {
        let item = self.tasks.get_item(delivery_key(station, id)).await?;
        let delivery: Option<Delivery> = item.map(from_item).transpose()?;
        let now = Timestamp::now().as_second();
        Ok(delivery.filter(|delivery| delivery.expires_at > now))
    }

    /// Has a delivery sent once more, at once, also if it is waiting for another try. Returns it as it is then; none
    /// if it has changed since it was read.
    pub async fn resend(
        &self,
        station: &StationId,
        delivery: &Delivery,
    ) -> Result<Option<Delivery>, AwsError> {
        let now = Timestamp::now();
        let notice = delivery.resent(station, now);
        let broken = |error| AwsError::new("TransactWriteItems", error);
        let update = Update::builder()
            .table_name(&self.tasks.table)
            .set_key(Some(delivery_key(station, &delivery.id())))
            .update_expression("SET #state = :pending, next_attempt_at = :now, updated_at = :now")
            .condition_expression("updated_at = :as_read")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":pending", s("pending"))
            .expression_attribute_values(":now", s(now.to_string()))
            .expression_attribute_values(":as_read", s(delivery.updated_at.to_string()))
            .build()
            .map_err(broken)?;
        let mut parts = vec![TransactWriteItem::builder().update(update).build()];
        let id = &delivery.event_id;
        let waiting = delivery.next_attempt_at;
        let waiting = waiting.map(|due| NoticeKey::new(due, station, id, Some(&delivery.webhook)));
        if let Some(waiting) = waiting.filter(|waiting| *waiting != notice.key()) {
            let delete = Delete::builder()
                .table_name(&self.tasks.table)
                .set_key(Some(notice_key(&waiting)))
                .build()
                .map_err(broken)?;
            parts.push(TransactWriteItem::builder().delete(delete).build());
        }
        parts.push(self.tasks.put_notice(&notice)?);
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            match self.tasks.transact(parts.clone()).await {
                Ok(()) => break,
                Err(cancelled) if cancelled.is_refused(0) => return Ok(None),
                Err(cancelled) => cancelled.wait(&mut conflicts).await?,
            }
        }
        Ok(Some(Delivery {
            state: DeliveryState::Pending,
            next_attempt_at: Some(now),
            updated_at: now,
            ..delivery.clone()
        }))
    }
}

fn id_of_key(item: &Item) -> Option<DeliveryId> {
    let sk = item.get("sk")?.as_s().ok()?;
    sk.strip_prefix(DELIVERY_PREFIX)?.parse().ok()
}
