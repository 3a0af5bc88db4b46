//! The secrets of webhooks, in a table of their own. The function that sets them has no right to read them, and
//! only the one that signs has.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem, Update};
use jiff::Timestamp;
use serde::Deserialize;
use sluice_basics::ids::StationId;
use sluice_webhooks::{ROTATION, WebhookId, WebhookSecret};

use crate::clients::Clients;
use crate::error::AwsError;
use crate::task_store::item::{Item, from_item, key, n, s, station_pk};

/// The table of secrets.
#[derive(Clone, Debug)]
pub struct WebhookSecrets {
    dynamodb: aws_sdk_dynamodb::Client,
    table: String,
}

/// The secrets that a message is signed with now: the present one, and for a while the one before it.
#[derive(Clone, Debug)]
pub struct SigningSecrets(pub Vec<WebhookSecret>);

/// As it is stored.
#[derive(Deserialize)]
struct Stored {
    secret: String,
    #[serde(default)]
    previous: Option<String>,
    /// In seconds since 1970.
    #[serde(default)]
    previous_until: i64,
}

impl WebhookSecrets {
    /// Those in the table named `table`.
    pub fn new(clients: &Clients, table: String) -> Self {
        Self {
            dynamodb: clients.dynamodb.clone(),
            table,
        }
    }

    /// What sets a secret. The one before it is kept for as long as both sign, without being read here.
    pub(super) fn set(
        &self,
        station: &StationId,
        webhook: &WebhookId,
        secret: &WebhookSecret,
    ) -> Result<TransactWriteItem, AwsError> {
        let until = Timestamp::now().as_second() + ROTATION.as_secs() as i64;
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(secret_key(station, webhook)))
            .update_expression(
                "SET previous = if_not_exists(secret, :secret), previous_until = :until, \
                 secret = :secret",
            )
            .expression_attribute_values(":secret", s(secret.to_stored()))
            .expression_attribute_values(":until", n(until))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// What deletes the secrets of a webhook.
    pub(super) fn forget(
        &self,
        station: &StationId,
        webhook: &WebhookId,
    ) -> Result<TransactWriteItem, AwsError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(secret_key(station, webhook)))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// The secrets that a webhook's messages are signed with now. None if it has none.
    pub async fn read(
        &self,
        station: &StationId,
        webhook: &WebhookId,
    ) -> Result<Option<SigningSecrets>, AwsError> {
        let answer = self
            .dynamodb
            .get_item()
            .table_name(&self.table)
            .set_key(Some(secret_key(station, webhook)))
            .consistent_read(true)
            .send()
            .await
            .map_err(AwsError::of("GetItem"))?;
        let Some(item) = answer.item else {
            return Ok(None);
        };
        let stored: Stored = from_item(item)?;
        let previous = stored
            .previous
            .filter(|_| Timestamp::now().as_second() < stored.previous_until);
        let mut secrets = Vec::new();
        for text in [Some(stored.secret), previous].into_iter().flatten() {
            let secret: WebhookSecret = text
                .parse()
                .map_err(|error| AwsError::new("GetItem", error))?;
            if !secrets.contains(&secret) {
                secrets.push(secret);
            }
        }
        Ok(Some(SigningSecrets(secrets)))
    }
}

fn secret_key(station: &StationId, webhook: &WebhookId) -> Item {
    key(station_pk(station), webhook.to_string())
}
