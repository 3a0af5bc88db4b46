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
//! | open task | `OPEN` | `TASK#<station>#<id, 16 digits>` |
//!
//! The index `listed` has the tasks that lists show: partition `listed` = `STATION#<station>`,
//! sorted by `sk`.

mod add;
mod bookkeeping;
mod chunks;
mod close;
mod conflicts;
mod correct;
mod end;
mod handler;
mod hide;
pub(crate) mod item;
mod list;
mod open;
mod progress;
mod read;
mod retry;
mod tries;
mod work;

use crate::clients::Clients;
use crate::meter::Meter;

pub use add::{Added, NewTask};
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
    dynamodb: aws_sdk_dynamodb::Client,
    meter: Meter,
    table: String,
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
