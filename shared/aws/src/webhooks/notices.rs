//! Notices: written with the end of a task, taken by one function at a time, deleted when all is told.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{Delete, Put, ReturnValue, TransactWriteItem};
use jiff::Timestamp;
use sluice_basics::ids::TaskRef;
use sluice_retry::RetryPolicy;
use sluice_task::{Task, TaskStatus};
use sluice_webhooks::{Delivery, Notice, NoticeKey, TaskEvent, TaskEventKind, is_shown_again};

use super::WebhookStore;
use super::keys::{NOTICES, delivery_key, notice_key};
use crate::error::AwsError;
use crate::task_store::item::{Item, from_item, s, to_item};
use crate::task_store::{Closing, TaskStore};

/// The partition of all notices.
/// What is due since so short a time is on its way.
const ON_ITS_WAY: Duration = Duration::from_mins(2);

impl TaskStore {
    /// The notice that goes with the end of a task; none if no webhook of its station wants it. A station without
    /// webhooks costs one read and no write.
    pub(crate) async fn notice_of_end(
        &self,
        task: &Task,
        closing: &Closing<'_>,
        now: Timestamp,
    ) -> Result<Option<TransactWriteItem>, AwsError> {
        let status = closing.ending.status;
        if !self.is_wanted(&task.reference(), status).await? {
            return Ok(None);
        }
        let rows = closing.moved.settled(task.chunks.rows);
        let reason = closing.ending.reason.as_deref();
        let event = TaskEvent::ended(task, status, reason, rows, now);
        let notice = Notice::of(&event).map_err(|error| AwsError::new("writing an item", error))?;
        Ok(Some(self.put_notice(&notice)?))
    }

    /// As [`Self::notice_of_end`], of a task whose record cannot be read.
    pub(crate) async fn notice_of_unreadable(
        &self,
        task: &TaskRef,
        reason: &str,
        now: Timestamp,
    ) -> Result<Option<TransactWriteItem>, AwsError> {
        if !self.is_wanted(task, TaskStatus::Failed).await? {
            return Ok(None);
        }
        let event = TaskEvent::unreadable(task, reason, now);
        let notice = Notice::of(&event).map_err(|error| AwsError::new("writing an item", error))?;
        Ok(Some(self.put_notice(&notice)?))
    }

    /// Whether a webhook wants to hear that a task has ended like this.
    async fn is_wanted(&self, task: &TaskRef, status: TaskStatus) -> Result<bool, AwsError> {
        let webhooks = self.webhooks(&task.station_id).await?.webhooks;
        let event = TaskEventKind::of(status);
        Ok(webhooks.values().any(|webhook| webhook.wants(event)))
    }

    pub(super) fn put_notice(&self, notice: &Notice) -> Result<TransactWriteItem, AwsError> {
        let item = to_item(notice_key(&notice.key()), notice)?;
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

impl WebhookStore {
    /// Takes a notice, so that nobody else deals with it for a minute. None if it is not there any more, or somebody
    /// has it.
    pub async fn take(&self, notice: &NoticeKey) -> Result<Option<Notice>, AwsError> {
        let now = Timestamp::now();
        let update = self
            .tasks
            .dynamodb
            .update_item()
            .table_name(&self.tasks.table)
            .set_key(Some(notice_key(notice)))
            .update_expression("SET leased_until = :until")
            .condition_expression(
                "attribute_exists(pk) AND \
                 (attribute_not_exists(leased_until) OR leased_until < :now)",
            )
            .expression_attribute_values(":until", s(Notice::lease(now).to_string()))
            .expression_attribute_values(":now", s(now.to_string()))
            .return_values(ReturnValue::AllNew);
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            let error = match update.clone().send().await {
                Ok(answer) => return answer.attributes.map(from_item).transpose(),
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => return Ok(None),
                Some(UpdateItemError::TransactionConflictException(_))
                    if conflicts.wait().await.is_ok() => {}
                _ => return Err(AwsError::of("UpdateItem")(error)),
            }
        }
    }

    /// Writes down what became of a notice that was taken: its deliveries, and the notices of those that are tried
    /// again. False if it is not there any more: then somebody has had it sent once more.
    pub async fn settle(
        &self,
        taken: &Notice,
        deliveries: &[Delivery],
        again: &[Notice],
    ) -> Result<bool, AwsError> {
        let mut parts = vec![self.delete_taken(taken)?];
        for delivery in deliveries {
            let item = to_item(delivery_key(&taken.station_id, &delivery.id()), delivery)?;
            let put = Put::builder()
                .table_name(&self.tasks.table)
                .set_item(Some(item))
                .build()
                .map_err(|error| AwsError::new("TransactWriteItems", error))?;
            parts.push(TransactWriteItem::builder().put(put).build());
        }
        for notice in again {
            parts.push(self.tasks.put_notice(notice)?);
        }
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            match self.tasks.transact(parts.clone()).await {
                Ok(()) => return Ok(true),
                Err(cancelled) if cancelled.is_refused(0) => return Ok(false),
                Err(cancelled) => cancelled.wait(&mut conflicts).await?,
            }
        }
    }

    fn delete_taken(&self, taken: &Notice) -> Result<TransactWriteItem, AwsError> {
        let lease = taken.leased_until.unwrap_or(taken.due).to_string();
        let delete = Delete::builder()
            .table_name(&self.tasks.table)
            .set_key(Some(notice_key(&taken.key())))
            .condition_expression("attribute_exists(pk) AND leased_until = :lease")
            .expression_attribute_values(":lease", s(lease))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// A page of the notices that are late, those after `after`.
    pub async fn late(&self, after: Option<&NoticeKey>) -> Result<LateNotices, AwsError> {
        let now = Timestamp::now();
        let before = now.checked_sub(ON_ITS_WAY).unwrap_or(now);
        let answer = self
            .tasks
            .dynamodb
            .query()
            .table_name(&self.tasks.table)
            .key_condition_expression("pk = :notices AND sk < :before")
            .expression_attribute_values(":notices", s(NOTICES))
            .expression_attribute_values(":before", s(NoticeKey::due_by(before)))
            .set_exclusive_start_key(after.map(notice_key))
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        let next = answer.last_evaluated_key.as_ref().and_then(key_of);
        let mut late = LateNotices {
            next,
            ..LateNotices::default()
        };
        for item in answer.items.unwrap_or_default() {
            late.count += 1;
            if let Ok(notice) = from_item::<Notice>(item) {
                let by = now.duration_since(notice.due).unsigned_abs();
                late.shown.extend(is_shown_again(by).then_some(notice));
            } else {
                // Without why: that may quote the item.
                tracing::error!("a notice cannot be read and is passed over");
            }
        }
        Ok(late)
    }
}

/// A page of notices that are late.
#[derive(Clone, Debug, Default)]
pub struct LateNotices {
    /// Those that are to be shown again now.
    pub shown: Vec<Notice>,
    /// How many are late, with those that are left alone for now.
    pub count: usize,
    /// The last of them, if there may be more after it.
    pub next: Option<NoticeKey>,
}

fn key_of(item: &Item) -> Option<NoticeKey> {
    let sk = item.get("sk")?.as_s().ok()?;
    Some(NoticeKey::stored(sk))
}

/// The notice that a stream record's image holds, if nobody has looked at it yet; none if the item is something
/// else, or cannot be read.
pub fn notice_of_image(image: &serde_dynamo::Item) -> Option<Notice> {
    let is_notice = matches!(
        image.get("pk"),
        Some(serde_dynamo::AttributeValue::S(pk)) if pk == NOTICES
    );
    if !is_notice {
        return None;
    }
    let notice: Option<Notice> = serde_dynamo::from_item(image.clone()).ok();
    if notice.is_none() {
        tracing::error!("a notice cannot be read and is passed over");
    }
    notice.filter(Notice::is_fresh)
}
