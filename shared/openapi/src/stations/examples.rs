//! What a station sets.

use sluice_core::station::{DateOrder, StationConfig};

use crate::example::{Example, valid};

fn config(version: u64) -> StationConfig {
    StationConfig {
        version,
        time_zone: valid("Asia/Shanghai"),
        country: valid("CN"),
        date_order: DateOrder::DayFirst,
    }
}

pub(super) fn configs() -> Vec<Example> {
    vec![
        Example::answer("set", "It was set once.", config(1)),
        Example::answer("unset", "Nothing was set.", StationConfig::default()),
    ]
}

pub(super) fn changes() -> Vec<Example> {
    vec![Example::new("first", "The first change.", config(0))]
}

pub(super) fn changed() -> Vec<Example> {
    vec![Example::answer(
        "changed",
        "It has the next version.",
        config(1),
    )]
}
