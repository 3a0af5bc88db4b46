//! Requests to EventBridge: each entry names its bus.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html>

use anyhow::{Result, bail};
use serde::Deserialize;

use super::Need;
use crate::template::arn;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Events {
    entries: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    event_bus_name: String,
}

/// The rights that an operation with this body needs.
pub(super) fn needs(operation: &str, body: &[u8]) -> Result<Vec<Need>> {
    if operation != "PutEvents" {
        bail!("the rights that {operation} needs are not known");
    }
    let events: Events = serde_json::from_slice(body)?;
    let need = |event: &Event| Need {
        action: "events:PutEvents",
        resource: arn::event_bus(&event.event_bus_name),
    };
    Ok(events.entries.iter().map(need).collect())
}
