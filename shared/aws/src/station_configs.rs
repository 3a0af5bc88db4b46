//! Stations' configurations: one accessor, with a cache by station and version. A version never
//! changes once it is stored, so what is cached is never stale; an import names the version it
//! began with.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | the latest | `STATION#<station>` | `CONFIG` |
//! | each version | `STATION#<station>` | `CONFIG#<version, 16 digits>` |

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsFluentBuilder;
use aws_sdk_dynamodb::types::{Put, ReturnConsumedCapacity, TransactWriteItem};
use sluice_basics::ids::StationId;
use sluice_basics::station::StationConfig;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;
use crate::task_store::item::{
    CONDITION_FAILED, Item, cancellation_codes, from_item, key, n, station_pk, to_item,
};
use crate::webhooks::ChangedWebhooks;

/// Configurations that one instance keeps at most; then it begins anew.
const KEPT: usize = 10_000;
const LATEST: &str = "CONFIG";

type Cache = HashMap<(StationId, u64), Arc<StationConfig>>;

/// The configurations of all stations.
#[derive(Clone, Debug)]
pub struct StationConfigs {
    dynamodb: aws_sdk_dynamodb::Client,
    meter: Meter,
    table: String,
    cache: Arc<Mutex<Cache>>,
    /// Held by the one that reads a version; the others find it in the cache then.
    reads: Arc<tokio::sync::Mutex<()>>,
}

impl StationConfigs {
    /// Those in the tasks table named `table`.
    pub fn new(clients: &Clients, table: String) -> Self {
        Self {
            dynamodb: clients.dynamodb.clone(),
            meter: clients.meter.clone(),
            table,
            cache: Arc::default(),
            reads: Arc::default(),
        }
    }

    /// The latest version, read from the table: once for an import, never for a row.
    pub async fn latest(&self, station: &StationId) -> Result<Arc<StationConfig>, AwsError> {
        let item = self
            .read(key(station_pk(station), LATEST.to_owned()))
            .await?;
        let config: StationConfig = item.map(from_item).transpose()?.unwrap_or_default();
        Ok(self.keep(station, config))
    }

    /// One version. Read from the table at most once by an instance, however many ask at the same
    /// time.
    pub async fn at(
        &self,
        station: &StationId,
        version: u64,
    ) -> Result<Arc<StationConfig>, AwsError> {
        if version == 0 {
            return Ok(Arc::default());
        }
        let known = || self.cache().get(&(station.clone(), version)).cloned();
        if let Some(config) = known() {
            return Ok(config);
        }
        let _reading = self.reads.lock().await;
        if let Some(config) = known() {
            return Ok(config);
        }
        let item = self.read(version_key(station, version)).await?;
        let item = item.ok_or_else(|| {
            AwsError::new("GetItem", format!("there is no configuration {version}"))
        })?;
        Ok(self.keep(station, from_item(item)?))
    }

    /// Stores a changed configuration as the version after the one it names, with a change of the station's
    /// webhooks if there is one. None if that is not the latest any more.
    pub async fn put(
        &self,
        station: &StationId,
        changed: &StationConfig,
        webhooks: Option<ChangedWebhooks>,
    ) -> Result<Option<Arc<StationConfig>>, AwsError> {
        let broken = |error| AwsError::new("TransactWriteItems", error);
        let next = StationConfig {
            version: changed.version.saturating_add(1),
            ..changed.clone()
        };
        let latest = to_item(key(station_pk(station), LATEST.to_owned()), &next)?;
        let latest = Put::builder()
            .table_name(&self.table)
            .set_item(Some(latest))
            .condition_expression(match changed.version {
                0 => "attribute_not_exists(pk)",
                _ => "version = :read",
            })
            .set_expression_attribute_values(
                (changed.version > 0)
                    .then(|| HashMap::from([(":read".to_owned(), n(changed.version))])),
            );
        let version = Put::builder()
            .table_name(&self.table)
            .set_item(Some(to_item(version_key(station, next.version), &next)?));
        let put = |put| TransactWriteItem::builder().put(put).build();
        let request = self
            .dynamodb
            .transact_write_items()
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .transact_items(put(latest.build().map_err(broken)?))
            .transact_items(put(version.build().map_err(broken)?));
        let webhooks = webhooks.map_or_else(Vec::new, |webhooks| webhooks.0);
        let request = webhooks
            .into_iter()
            .fold(request, TransactWriteItemsFluentBuilder::transact_items);
        match request.send().await {
            Ok(answer) => {
                self.meter.add_written(answer.consumed_capacity());
                Ok(Some(self.keep(station, next)))
            }
            Err(error) => {
                let codes = cancellation_codes(&error);
                // Somebody else changes it at the same moment, or has done so.
                let is_stale =
                    |code: &String| code == CONDITION_FAILED || code == "TransactionConflict";
                if codes.iter().any(is_stale) {
                    Ok(None)
                } else {
                    Err(AwsError::of("TransactWriteItems")(error))
                }
            }
        }
    }

    /// An item of a station, without its key.
    pub(crate) async fn read(&self, key: Item) -> Result<Option<Item>, AwsError> {
        self.meter.add_config_read();
        let answer = self
            .dynamodb
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(AwsError::of("GetItem"))?;
        // The configuration takes no fields that it does not know.
        Ok(answer.item.map(|mut item| {
            item.retain(|name, _| name != "pk" && name != "sk");
            item
        }))
    }

    fn keep(&self, station: &StationId, config: StationConfig) -> Arc<StationConfig> {
        let config = Arc::new(config);
        let mut cache = self.cache();
        if cache.len() >= KEPT {
            cache.clear();
        }
        cache.insert((station.clone(), config.version), Arc::clone(&config));
        config
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        // Whoever panicked left whole entries behind.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn version_key(station: &StationId, version: u64) -> Item {
    key(station_pk(station), format!("{LATEST}#{version:016}"))
}
