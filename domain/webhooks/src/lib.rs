//! Webhooks: how a station is told that its tasks have ended. What is sent and how it is signed follows
//! Standard Webhooks.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

#![warn(missing_docs)]

mod address;
mod attempts;
mod config;
mod delivery;
mod event;
mod notice;
mod secret;

pub use address::{MAX_URL_CHARS, UrlProblem, check_url, is_public, may_be_called};
pub use attempts::{ATTEMPTS, Meaning, meaning_of, wait_after};
pub use config::{
    MAX_WEBHOOKS, Reach, SentWebhook, SettledWebhooks, Webhook, WebhookError, WebhookId, Webhooks,
    settle,
};
pub use delivery::{Delivery, DeliveryId, DeliveryState};
pub use event::{EndedTask, EventId, EventRows, TaskEvent, TaskEventKind};
pub use notice::{Notice, NoticeKey, NoticeMessage, is_shown_again};
pub use secret::{
    ROTATION, SecretProblem, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, WebhookSecret,
};
