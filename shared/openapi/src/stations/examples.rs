//! What a station sets, and what its webhooks were told.

use serde_json::json;
use sluice_api::{ConfigAnswer, DeliveryList, DeliveryView, WebhookView};
use sluice_basics::station::{DateOrder, ReportLanguage, StationConfig};
use sluice_mail::{Notify, OnUnknown};
use sluice_webhooks::{DeliveryId, DeliveryState, TaskEventKind};

use crate::example::{Example, valid};

/// The id of a delivery.
pub(super) const DELIVERY: &str = "evt_1764237600123_5f0c2b7a9e1d4c8b6a30_back-office";

fn config(version: u64) -> ConfigAnswer {
    let config = StationConfig {
        version,
        time_zone: valid("Asia/Shanghai"),
        country: valid("CN"),
        date_order: DateOrder::DayFirst,
        language: ReportLanguage::Zh,
        notify: Some(Notify {
            template: valid("welcome"),
            language: valid("zh"),
            from_name: Some(valid("会员中心")),
            reply_to: Some("members@example.com".to_owned()),
            on_unknown: OnUnknown::Hold,
        }),
    };
    ConfigAnswer {
        webhooks: Some(vec![WebhookView {
            id: valid("back-office"),
            url: "https://back-office.example/hooks/sluice".to_owned(),
            events: TaskEventKind::ALL.to_vec(),
            enabled: true,
        }]),
        ..ConfigAnswer::new(&config, None)
    }
}

pub(super) fn configs() -> Vec<Example> {
    vec![
        Example::answer("set", "It was set once.", config(1)),
        Example::answer(
            "unset",
            "Nothing was set, and the caller may not see webhooks.",
            ConfigAnswer::new(&StationConfig::default(), None),
        ),
    ]
}

pub(super) fn changes() -> Vec<Example> {
    let first = json!({
        "version": 0,
        "time_zone": "Asia/Shanghai",
        "country": "CN",
        "date_order": "day_first",
    });
    vec![Example::new("first", "The first change.", first)]
}

pub(super) fn changed() -> Vec<Example> {
    vec![Example::answer(
        "changed",
        "It has the next version.",
        config(1),
    )]
}

fn delivery() -> DeliveryView {
    let id: DeliveryId = valid(DELIVERY);
    DeliveryView {
        event_id: id.event.clone(),
        webhook_id: id.webhook.clone(),
        id,
        kind: TaskEventKind::Finished,
        task_id: valid("890473042418166"),
        state: DeliveryState::Failed,
        attempts: 10,
        created_at: valid("2025-11-27T10:00:00.123Z"),
        last_attempt_at: valid("2025-11-30T13:35:05Z"),
        next_attempt_at: None,
        response_status: Some(503),
        problem: Some("it answered with status 503".to_owned()),
    }
}

pub(super) fn deliveries() -> Vec<Example> {
    let list = DeliveryList {
        deliveries: vec![delivery()],
        next_cursor: None,
    };
    vec![Example::answer(
        "page",
        "A message that was given up.",
        list,
    )]
}

pub(super) fn resent() -> Vec<Example> {
    let resent = DeliveryView {
        state: DeliveryState::Pending,
        next_attempt_at: Some(valid("2025-12-01T08:00:00Z")),
        ..delivery()
    };
    vec![Example::answer("resent", "It is sent again.", resent)]
}
