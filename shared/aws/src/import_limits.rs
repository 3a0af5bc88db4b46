//! The limits of stations: one accessor, with a cache. What the operator sets for a station is an
//! item beside the station's configuration, which the station itself cannot write:
//! `STATION#<station>` / `LIMITS`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sluice_basics::ids::StationId;
use sluice_basics::limits::{Limits, StationLimits};

use crate::clients::Clients;
use crate::error::AwsError;
use crate::station_configs::StationConfigs;
use crate::task_store::item::{from_item, key, station_pk};

/// How long an instance goes by what it read.
const KEPT_FOR: Duration = Duration::from_mins(1);
/// Stations that one instance keeps at most; then it begins anew.
const KEPT: usize = 10_000;

/// The limits of all stations.
#[derive(Clone, Debug)]
pub struct ImportLimits {
    items: StationConfigs,
    general: Limits,
    known: Arc<Mutex<HashMap<StationId, (Limits, Instant)>>>,
}

impl ImportLimits {
    /// Those in the tasks table named `table`; `general` ones for stations without their own.
    pub fn new(clients: &Clients, table: String, general: Limits) -> Self {
        Self {
            items: StationConfigs::new(clients, table),
            general,
            known: Arc::default(),
        }
    }

    /// The limits of a station, at most a minute old: an instance reads them once a minute,
    /// however many requests it has. An item that cannot be read is an error, so that no limit is
    /// silently without effect.
    pub async fn of(&self, station: &StationId) -> Result<Limits, AwsError> {
        let known = self.known().get(station).copied();
        if let Some((limits, read_at)) = known
            && read_at.elapsed() < KEPT_FOR
        {
            return Ok(limits);
        }
        let item = self
            .items
            .read(key(station_pk(station), "LIMITS".to_owned()));
        let own: StationLimits = item.await?.map(from_item).transpose()?.unwrap_or_default();
        let limits = own.over(&self.general);
        let mut known = self.known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(station.clone(), (limits, Instant::now()));
        Ok(limits)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<StationId, (Limits, Instant)>> {
        // Whoever panicked left whole entries behind.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
