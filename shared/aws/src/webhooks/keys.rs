//! Keys of the items of webhooks.

use sluice_basics::ids::StationId;
use sluice_webhooks::{DeliveryId, NoticeKey};

use crate::task_store::item::{Item, key, station_pk};

/// The partition of all notices.
pub(super) const NOTICES: &str = "NOTICES";
/// What the sort keys of deliveries begin with.
pub(super) const DELIVERY_PREFIX: &str = "DELIVERY#";

pub(super) fn delivery_key(station: &StationId, id: &DeliveryId) -> Item {
    key(station_pk(station), format!("{DELIVERY_PREFIX}{id}"))
}

pub(super) fn notice_key(notice: &NoticeKey) -> Item {
    key(NOTICES.to_owned(), notice.as_str().to_owned())
}
