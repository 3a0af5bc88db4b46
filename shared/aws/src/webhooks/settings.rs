//! The webhooks that a station has set up.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use sluice_basics::ids::StationId;
use sluice_retry::RetryPolicy;
use sluice_webhooks::{SettledWebhooks, Webhook, WebhookId, Webhooks};

use super::{WebhookSecrets, WebhookStore};
use crate::error::AwsError;
use crate::task_store::TaskStore;
use crate::task_store::item::{Item, from_item, key, s, station_pk, to_item};

/// The writes that change a station's webhooks and their secrets.
#[derive(Debug)]
pub struct ChangedWebhooks(pub(crate) Vec<TransactWriteItem>);

impl TaskStore {
    /// The webhooks of a station; none of most.
    pub(crate) async fn webhooks(&self, station: &StationId) -> Result<Webhooks, AwsError> {
        let item = self.get_item(webhooks_key(station)).await?;
        Ok(item.map(from_item).transpose()?.unwrap_or_default())
    }
}

impl WebhookStore {
    /// The webhooks of a station.
    pub async fn of(&self, station: &StationId) -> Result<Webhooks, AwsError> {
        self.tasks.webhooks(station).await
    }

    /// The writes that put a station's webhooks in the place of those that there are. Secrets are written and never
    /// read.
    pub fn change(
        &self,
        secrets: &WebhookSecrets,
        station: &StationId,
        settled: &SettledWebhooks,
    ) -> Result<ChangedWebhooks, AwsError> {
        let item = to_item(webhooks_key(station), &settled.webhooks)?;
        let put = Put::builder()
            .table_name(&self.tasks.table)
            .set_item(Some(item))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        let mut parts = vec![TransactWriteItem::builder().put(put).build()];
        for (webhook, secret) in &settled.secrets {
            parts.push(secrets.set(station, webhook, secret)?);
        }
        for webhook in &settled.removed {
            parts.push(secrets.forget(station, webhook)?);
        }
        Ok(ChangedWebhooks(parts))
    }

    /// Tells a webhook nothing any more, if it is still at this address.
    pub async fn disable(
        &self,
        station: &StationId,
        id: &WebhookId,
        webhook: &Webhook,
    ) -> Result<(), AwsError> {
        let names = [
            ("#all", "webhooks"),
            ("#id", id.as_str()),
            ("#url", "url"),
            ("#enabled", "enabled"),
        ];
        let names = names.map(|(name, stands_for)| (name.to_owned(), stands_for.to_owned()));
        let update = Update::builder()
            .table_name(&self.tasks.table)
            .set_key(Some(webhooks_key(station)))
            .update_expression("SET #all.#id.#enabled = :no")
            .condition_expression("#all.#id.#url = :url")
            .set_expression_attribute_names(Some(HashMap::from(names)))
            .expression_attribute_values(":no", AttributeValue::Bool(false))
            .expression_attribute_values(":url", s(&webhook.url))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        let part = TransactWriteItem::builder().update(update).build();
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        while let Err(cancelled) = self.tasks.transact(vec![part.clone()]).await {
            // It is another webhook by now.
            if cancelled.is_refused(0) {
                break;
            }
            cancelled.wait(&mut conflicts).await?;
        }
        Ok(())
    }
}

fn webhooks_key(station: &StationId) -> Item {
    key(station_pk(station), "WEBHOOKS".to_owned())
}
