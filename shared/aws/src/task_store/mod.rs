//! The tasks table: tasks, the claims of their user ids, their chunks, and which of them are
//! open. Each verb is one request, and each transition a conditional write.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | task | `STATION#<station>` | `TASK#<id, 16 digits>` |
//! | claim of a user id | `STATION#<station>` | `USERTASK#<user id>` |
//! | committed chunk | `TASK#<station>#<id>` | `CHUNK#<number, 8 digits>` |
//! | open task | `OPEN` | `TASK#<station>#<id>` |

mod add;
mod chunks;
mod close;
mod conflicts;
mod end;
mod item;
mod open;
mod progress;
mod read;

use crate::clients::Clients;
use crate::meter::Meter;

pub use add::{Added, NewTask};
pub use chunks::{ChunkGate, Committed};
pub use end::Moved;
pub use item::task_of_image;
pub use open::OpenTask;
pub use read::{Page, TaskFilter};

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
