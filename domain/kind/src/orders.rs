//! Lists of orders that are submitted.

use sluice_basics::object_key;
use sluice_orders::OrdersInput;
use sluice_task::{CANCELLED, PLAN_GIVEN_UP, SPLIT_GIVEN_UP, Task, TaskStatus};

use super::{EqualWork, InputObject, Kind, ResultFile};

/// The handler's name of submitted lists. No service may take it.
pub const ORDERS: &str = "orders";

/// The kind of submitted lists.
#[derive(Clone, Copy, Debug)]
pub struct Orders;

fn input(task: &Task) -> Result<OrdersInput, serde_json::Error> {
    serde_json::from_value(task.input.clone())
}

impl Kind for Orders {
    fn has_name(&self, handler: &str) -> bool {
        handler == ORDERS
    }

    fn has_chunks(&self) -> bool {
        true
    }

    fn bytes(&self, task: &Task) -> u64 {
        input(task).map_or(0, |input| input.size_bytes)
    }

    fn percent(&self, task: &Task) -> u8 {
        task.chunks.percent_of(self.bytes(task))
    }

    fn has_begun(&self, task: &Task) -> bool {
        task.run_count > 0
    }

    fn is_worth_a_retry(&self, task: &Task) -> bool {
        if !matches!(
            task.status,
            TaskStatus::Failed | TaskStatus::PartlySucceeded
        ) {
            return false;
        }
        if !self.has_begun(task) {
            // What was wrong with a list that was refused is still wrong with it.
            let reason = task.reason.as_deref().unwrap_or_default();
            return matches!(reason, CANCELLED | SPLIT_GIVEN_UP | PLAN_GIVEN_UP);
        }
        // What is wrong with an order is still wrong with it.
        !task.chunks.is_whole()
    }

    fn object(&self, task: &Task) -> Result<Option<InputObject>, serde_json::Error> {
        Ok(Some(InputObject {
            key: input(task)?.object_key,
            version_id: None,
        }))
    }

    /// What became of each order. It is there when the task's end says how many results it has.
    fn result_file(&self, task: &Task) -> Option<ResultFile> {
        task.result.as_ref()?.get("results")?.as_u64()?;
        let input = input(task).ok()?;
        Some(ResultFile {
            key: object_key::order_results(&task.reference()),
            name: object_key::order_results_name(&input.file_name),
            is_sensitive: false,
        })
    }

    fn words_of_equal_work(&self) -> EqualWork {
        EqualWork {
            what: "the same list of orders",
            done: "submitted",
            again: "to submit it again, take another task_id",
        }
    }
}
