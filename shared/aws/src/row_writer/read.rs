//! Reading stored items: only once a write has found something in its way, or where a row replaces
//! another.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};
use sluice_basics::origin::Origin;

use super::backoff::Backoff;
use super::row::{ORIGIN, Place};
use super::statements::Item;
use super::{RowWriter, WriteError};
use crate::error::AwsError;
use sluice_profile::{Stage, stage};

/// How many items one request reads.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
const MOST_KEYS: usize = 100;

/// The stamp of a stored row, if it has one: which row wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp(pub Option<Origin>);

impl Stamp {
    pub(crate) fn of(item: &Item) -> Self {
        let stamp = item.get(ORIGIN).and_then(|value| value.as_s().ok());
        Self(stamp.and_then(|stamp| stamp.parse().ok()))
    }
}

/// Which attributes are read.
#[derive(Clone, Copy, Debug)]
enum Wanted<'a> {
    /// These, beside the key.
    Some(&'a [&'a str]),
    All,
}

impl Wanted<'_> {
    fn projection(self) -> (Option<String>, Option<HashMap<String, String>>) {
        let Self::Some(attributes) = self else {
            return (None, None);
        };
        let names: HashMap<String, String> = (0..)
            .zip(attributes)
            .map(|(index, name)| (format!("#a{index}"), (*name).to_owned()))
            .collect();
        let mut projection = "pk, sk".to_owned();
        for name in names.keys() {
            projection.push_str(", ");
            projection.push_str(name);
        }
        (Some(projection), Some(names))
    }

    /// Imports read so seldom that it is not counted.
    fn counted(self) -> Option<ReturnConsumedCapacity> {
        matches!(self, Self::All).then_some(ReturnConsumedCapacity::Total)
    }
}

impl RowWriter {
    /// The stamps of stored rows; none where nothing is stored.
    pub(super) async fn stamps(
        &self,
        table: &str,
        places: &[&Place],
    ) -> Result<Vec<Option<Stamp>>, WriteError> {
        let items = self.items(table, places, &[ORIGIN]).await?;
        let stamps = items.iter().map(|item| item.as_ref().map(Stamp::of));
        Ok(stamps.collect())
    }

    /// Attributes of the items that are stored at places, in the order of the places.
    pub(super) async fn items(
        &self,
        table: &str,
        places: &[&Place],
        attributes: &[&str],
    ) -> Result<Vec<Option<Item>>, WriteError> {
        self.read_all(table, places, Wanted::Some(attributes)).await
    }

    /// The items that are stored at places with all their attributes, in the order of the places. The units that
    /// it takes are counted.
    pub(super) async fn whole_items(
        &self,
        table: &str,
        places: &[&Place],
    ) -> Result<Vec<Option<Item>>, WriteError> {
        self.read_all(table, places, Wanted::All).await
    }

    async fn read_all(
        &self,
        table: &str,
        places: &[&Place],
        wanted: Wanted<'_>,
    ) -> Result<Vec<Option<Item>>, WriteError> {
        let mut found: HashMap<Place, Item> = HashMap::new();
        // A request may name no key twice.
        let distinct: BTreeSet<&Place> = places.iter().copied().collect();
        let distinct: Vec<&Place> = distinct.into_iter().collect();
        for places in distinct.chunks(MOST_KEYS) {
            self.read(table, places, wanted, &mut found).await?;
        }
        Ok(places
            .iter()
            .map(|place| found.get(place).cloned())
            .collect())
    }

    async fn read(
        &self,
        table: &str,
        places: &[&Place],
        wanted: Wanted<'_>,
        found: &mut HashMap<Place, Item>,
    ) -> Result<(), WriteError> {
        let mut keys: Vec<Item> = places.iter().map(|place| place.key()).collect();
        let (projection, names) = wanted.projection();
        let mut backoff = Backoff::new(self.until);
        loop {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut keys)))
                .set_projection_expression(projection.clone())
                .set_expression_attribute_names(names.clone())
                .consistent_read(true)
                .build()
                .map_err(|error| AwsError::new("BatchGetItem", error))?;
            let pass = stage(Stage::Wait, self.pace.enter()).await;
            let read = self
                .dynamodb
                .batch_get_item()
                .request_items(table, request.clone())
                .set_return_consumed_capacity(wanted.counted());
            match stage(Stage::LookUp, read.send()).await {
                Ok(answer) => {
                    pass.went_well();
                    if wanted.counted().is_some() {
                        self.meter.add_read(answer.consumed_capacity());
                    }
                    let items = answer.responses.unwrap_or_default().remove(table);
                    for item in items.unwrap_or_default() {
                        let text = |name: &str| {
                            item.get(name).and_then(|value| value.as_s().ok()).cloned()
                        };
                        if let (Some(pk), Some(sk)) = (text("pk"), text("sk")) {
                            found.insert(Place { pk, sk }, item);
                        }
                    }
                    let left = answer.unprocessed_keys.unwrap_or_default().remove(table);
                    keys = left.map(|left| left.keys).unwrap_or_default();
                }
                Err(error) => {
                    let error = AwsError::of("BatchGetItem")(error);
                    if !error.is_passing() {
                        return Err(error.into());
                    }
                    pass.was_throttled();
                    keys = request.keys;
                }
            }
            if keys.is_empty() {
                return Ok(());
            }
            // Others may go on meanwhile.
            drop(pass);
            backoff.wait("reading stamps was throttled").await?;
        }
    }
}
