//! Schedules.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::functions::Functions;

/// Invokes a function at once and then regularly, for ever.
pub(super) async fn repeat(functions: Arc<Functions>, binary: String, every: Duration) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = functions.invoke(&binary, json!({})).await {
            tracing::error!(
                error = format!("{error:#}"),
                function = binary,
                "a schedule failed"
            );
        }
    }
}
