//! Webhooks: what stations have set up, what is still to be told, and what became of it. All but the secrets is
//! in the tasks table, so that a notice is written in the transaction that ends a task.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | a station's webhooks | `STATION#<station>` | `WEBHOOKS` |
//! | notice | `NOTICES` | `<due, ms>#<station>#<event>#<webhook>` |
//! | delivery | `STATION#<station>` | `DELIVERY#<event>_<webhook>` |

mod deliveries;
mod keys;
mod notices;
mod secrets;
mod settings;

use crate::clients::Clients;
use crate::task_store::TaskStore;

pub use deliveries::DeliveryPage;
pub use notices::{LateNotices, notice_of_image};
pub use secrets::{SigningSecrets, WebhookSecrets};
pub use settings::ChangedWebhooks;

/// What stations have set up, notices and deliveries.
#[derive(Clone, Debug)]
pub struct WebhookStore {
    tasks: TaskStore,
}

impl WebhookStore {
    /// Those in the tasks table named `table`.
    pub fn new(clients: &Clients, table: String) -> Self {
        Self {
            tasks: TaskStore::new(clients, table),
        }
    }
}
