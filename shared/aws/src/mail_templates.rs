//! Templates of e-mails, in the mail table.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | which version is the latest | `STATION#<station>` | `TEMPLATE#<name>#<language>` |
//! | each version | `STATION#<station>` | `VERSION#<name>#<language>#<version, 16 digits>` |
//!
//! A version never changes once it is stored. One that is replaced is kept for a year, then DynamoDB deletes it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{Put, ReturnConsumedCapacity, Select, TransactWriteItem, Update};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sluice_api::TemplateSummary;
use sluice_basics::ids::StationId;
use sluice_mail::{Language, MailTemplate, TemplateName};

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;
use crate::task_store::item::{
    CONDITION_FAILED, Item, cancellation_codes, from_item, key, n, s, station_pk, to_item,
};

/// Templates of a station, each language of its own.
pub const MAX_TEMPLATES: usize = 500;

/// How long a version is kept after it was replaced.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 365);
const LATEST: &str = "TEMPLATE#";

/// The templates of all stations.
#[derive(Clone, Debug)]
pub struct MailTemplates {
    dynamodb: aws_sdk_dynamodb::Client,
    meter: Meter,
    table: String,
}

/// What came of storing a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplatePut {
    /// It is stored.
    Stored,
    /// The version that was changed is not the latest any more.
    Stale,
    /// The station has [`MAX_TEMPLATES`].
    TooMany,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct TemplatePage {
    /// The latest version of each, by name and language.
    pub templates: Vec<TemplateSummary>,
    /// The last one's name and language, if there may be more.
    pub next: Option<(TemplateName, Language)>,
}

/// A version in the table: what callers gave is text there, so that it comes back as it was.
#[derive(Serialize, Deserialize)]
struct StoredVersion {
    template: String,
}

impl MailTemplates {
    /// Those in the mail table named `table`.
    pub fn new(clients: &Clients, table: String) -> Self {
        Self {
            dynamodb: clients.dynamodb.clone(),
            meter: clients.meter.clone(),
            table,
        }
    }

    /// The number of the latest version.
    pub async fn latest_version(
        &self,
        station: &StationId,
        name: &TemplateName,
        language: &Language,
    ) -> Result<Option<u64>, AwsError> {
        let item = self.read(latest_key(station, name, language)).await?;
        let summary: Option<TemplateSummary> = item.map(from_item).transpose()?;
        Ok(summary.map(|summary| summary.version))
    }

    /// One version, or the latest.
    pub async fn find(
        &self,
        station: &StationId,
        name: &TemplateName,
        language: &Language,
        version: Option<u64>,
    ) -> Result<Option<MailTemplate>, AwsError> {
        let version = match version {
            Some(version) => Some(version),
            None => self.latest_version(station, name, language).await?,
        };
        match version {
            Some(version) => self.version(station, name, language, version).await,
            None => Ok(None),
        }
    }

    /// One version.
    pub async fn version(
        &self,
        station: &StationId,
        name: &TemplateName,
        language: &Language,
        version: u64,
    ) -> Result<Option<MailTemplate>, AwsError> {
        let item = self
            .read(version_key(station, name, language, version))
            .await?;
        let Some(item) = item else { return Ok(None) };
        let stored: StoredVersion = from_item(item)?;
        let template = serde_json::from_str(&stored.template);
        template
            .map(Some)
            .map_err(|error| AwsError::new("reading an item", error))
    }

    /// Stores a version, which follows the latest one or is the first. Repeated, it is stored once.
    pub async fn put(
        &self,
        station: &StationId,
        template: &MailTemplate,
    ) -> Result<TemplatePut, AwsError> {
        let broken = |error| AwsError::new("TransactWriteItems", error);
        let before = template.version.saturating_sub(1);
        if before == 0 && self.count(station).await? >= MAX_TEMPLATES {
            return Ok(TemplatePut::TooMany);
        }
        let (name, language) = (&template.name, &template.language);
        let text = serde_json::to_string(template)
            .map_err(|error| AwsError::new("writing an item", error))?;
        let latest = to_item(
            latest_key(station, name, language),
            &TemplateSummary::from(template),
        )?;
        let latest = Put::builder()
            .table_name(&self.table)
            .set_item(Some(latest))
            .condition_expression(match before {
                0 => "attribute_not_exists(pk)",
                _ => "version = :read",
            })
            .set_expression_attribute_values(
                (before > 0).then(|| HashMap::from([(":read".to_owned(), n(before))])),
            );
        let version = to_item(
            version_key(station, name, language, template.version),
            &StoredVersion { template: text },
        )?;
        let version = Put::builder()
            .table_name(&self.table)
            .set_item(Some(version));
        let put = |put: Put| TransactWriteItem::builder().put(put).build();
        let mut request = self
            .dynamodb
            .transact_write_items()
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .transact_items(put(latest.build().map_err(broken)?))
            .transact_items(put(version.build().map_err(broken)?));
        if before > 0 {
            let expires_at = (Timestamp::now() + KEPT).as_second();
            let replaced = Update::builder()
                .table_name(&self.table)
                .set_key(Some(version_key(station, name, language, before)))
                .update_expression("SET expires_at = :at")
                .condition_expression("attribute_exists(pk)")
                .expression_attribute_values(":at", n(expires_at))
                .build()
                .map_err(broken)?;
            request = request.transact_items(TransactWriteItem::builder().update(replaced).build());
        }
        match request.send().await {
            Ok(answer) => {
                self.meter.add_written(answer.consumed_capacity());
                Ok(TemplatePut::Stored)
            }
            Err(error) => {
                let codes = cancellation_codes(&error);
                let is_stale =
                    |code: &String| code == CONDITION_FAILED || code == "TransactionConflict";
                if codes.iter().any(is_stale) {
                    Ok(TemplatePut::Stale)
                } else {
                    Err(AwsError::of("TransactWriteItems")(error))
                }
            }
        }
    }

    /// The latest versions after a name and a language, at most `limit`.
    pub async fn list(
        &self,
        station: &StationId,
        after: Option<&(TemplateName, Language)>,
        limit: i32,
    ) -> Result<TemplatePage, AwsError> {
        let start = after.map(|(name, language)| latest_key(station, name, language));
        let answer = self
            .of_station(station)
            .consistent_read(true)
            .limit(limit)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        self.meter.add_read(answer.consumed_capacity());
        let has_more = answer.last_evaluated_key.is_some();
        let templates = answer.items.unwrap_or_default().into_iter();
        let templates = templates
            .map(|item| from_item(without_key(item)))
            .collect::<Result<Vec<TemplateSummary>, _>>()?;
        let last = templates.last().filter(|_| has_more);
        Ok(TemplatePage {
            next: last.map(|last| (last.name.clone(), last.language.clone())),
            templates,
        })
    }

    async fn count(&self, station: &StationId) -> Result<usize, AwsError> {
        // As many entries as a station may have are far less than the 1 MB of a page.
        let answer = self
            .of_station(station)
            .consistent_read(true)
            .select(Select::Count)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        self.meter.add_read(answer.consumed_capacity());
        Ok(answer.count as usize)
    }

    fn of_station(
        &self,
        station: &StationId,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.dynamodb
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(station_pk(station)))
            .expression_attribute_values(":prefix", s(LATEST))
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
        Ok(answer.item.map(without_key))
    }
}

fn without_key(mut item: Item) -> Item {
    item.retain(|name, _| name != "pk" && name != "sk" && name != "expires_at");
    item
}

fn latest_key(station: &StationId, name: &TemplateName, language: &Language) -> Item {
    key(station_pk(station), format!("{LATEST}{name}#{language}"))
}

fn version_key(
    station: &StationId,
    name: &TemplateName,
    language: &Language,
    version: u64,
) -> Item {
    let sk = format!("VERSION#{name}#{language}#{version:016}");
    key(station_pk(station), sk)
}
