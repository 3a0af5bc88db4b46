//! Tasks that a service of the business does: it starts them, says how far they are, and finishes
//! them. They have every name that no other kind has.

use sluice_task::Task;

use super::{EqualWork, Kind};

/// The kind of tasks that services do.
#[derive(Clone, Copy, Debug)]
pub struct Handled;

impl Kind for Handled {
    fn has_name(&self, _handler: &str) -> bool {
        true
    }

    fn has_chunks(&self) -> bool {
        false
    }

    fn bytes(&self, _task: &Task) -> u64 {
        0
    }

    fn percent(&self, task: &Task) -> u8 {
        task.progress
    }

    fn has_begun(&self, _task: &Task) -> bool {
        false
    }

    fn is_worth_a_retry(&self, _task: &Task) -> bool {
        true
    }

    fn words_of_equal_work(&self) -> EqualWork {
        EqualWork {
            what: "the same work",
            done: "done",
            again: "to do it all the same, add it with repeat: true",
        }
    }
}
