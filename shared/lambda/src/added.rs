//! The answer to a request that adds a task.

use sluice_api::{Code, Refusal};
use sluice_aws::Added;
use sluice_kind::work;
use sluice_task::Task;

/// Returns the task that a request has added, now or when it was made before.
///
/// # Errors
///
/// Says why there is none: its id belongs to another task, equal work is being done, `no_room` in the station, or
/// others add tasks at the same moment.
pub fn task_of(added: Added, no_room: impl FnOnce() -> String) -> Result<Task, Refusal> {
    match added {
        Added::New(task) | Added::Before(task) => Ok(task),
        Added::Conflict(task_id) => Err(Refusal::other_content(task_id)),
        Added::Equal(equal) => Err(Refusal::conflict(work::refusal(&equal))),
        Added::NoRoom => Err(Refusal::new(Code::TooMany, no_room())),
        Added::Busy => Err(Refusal::busy()),
    }
}
