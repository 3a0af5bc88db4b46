//! The tasks table: tasks, the claims of their user ids, their chunks, and which of them are
//! open. Each verb is one request, and each transition a conditional write.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | task | `STATION#<station>` | `TASK#<id, 16 digits>` |
//! | claim of a user id | `STATION#<station>` | `USERTASK#<user id>` |
//! | claim of work | `STATION#<station>` | `WORK#<digest>` |
//! | committed chunk | `TASK#<station>#<id>` | `CHUNK#<number, 8 digits>` |
//! | tries at a chunk | `TASK#<station>#<id>` | `TRY#<run, 8 digits>#<number, 8 digits>` |
//! | rows that are stored | `ROWS#<station>#<id>#<chunk, 8 digits>`, `…#deferred` | the first of them, 16 digits |
//! | open task | `OPEN` | `TASK#<station>#<id, 16 digits>` |
//!
//! The items of webhooks are in `crate::webhooks`.
//!
//! The index `listed` has the tasks that lists show: partition `listed` = `STATION#<station>`,
//! sorted by `sk`.

mod add;
mod admission;
mod bookkeeping;
mod chunks;
mod close;
mod correct;
mod end;
mod follow_up;
mod handler;
mod hide;
mod history;
pub(crate) mod item;
mod journal;
mod list;
mod open;
mod progress;
mod read;
mod retry;
pub(crate) mod transact;
mod tries;
mod undo;
mod work;

use crate::clients::Clients;
use crate::meter::Meter;

pub use add::{Added, NewTask};
pub use admission::Admission;
pub use bookkeeping::{cost_of_adding, cost_of_ending};
pub use chunks::{ChunkGate, Committed};
pub use end::{Closing, Moved};
pub use handler::TaskUpdate;
pub use item::task_of_image;
pub use list::{Page, TaskFilter};
pub use open::OpenTask;
pub use progress::Started;
pub use retry::Retried;
pub use tries::Tries;

/// The tasks table.
#[derive(Clone, Debug)]
pub struct TaskStore {
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) meter: Meter,
    pub(crate) table: String,
}

impl TaskStore {
    /// The table named `table`.
    pub fn new(clients: &Clients, table: String) -> Self {
        Self {
            dynamodb: clients.dynamodb.clone(),
            meter: clients.meter.clone(),
            table,
        }
    }
}
