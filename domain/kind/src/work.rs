//! What a task's work is, so that equal work is known: for imports the same bytes for the same
//! business, for all other tasks the same request.

use crate::OfKind;
use sluice_basics::fingerprint;
use sluice_basics::ids::BusinessId;
use sluice_task::{Task, TaskStatus};

use crate::EqualWork;

/// The digest of importing a file. `content` is a checksum of its bytes.
pub fn of_file(business: &BusinessId, size_bytes: u64, content: &str) -> String {
    fingerprint(format!("file\n{business}\n{size_bytes}\n{content}").as_bytes())
}

/// Why work is not done again, and what to do: for the caller.
pub fn refusal(equal: &Task) -> String {
    let task_id = equal.task_id;
    let EqualWork { what, done, again } = equal.kind().words_of_equal_work();
    let since = equal.start_time.unwrap_or(equal.create_time);
    let ended = equal.end_time.unwrap_or(equal.modify_time);
    match equal.status {
        TaskStatus::Submitted => format!(
            "{what} has been waiting as task {task_id} since {since:.0}: wait for that one; {again}"
        ),
        TaskStatus::Running => {
            format!(
                "{what} has been running as task {task_id} since {since:.0}: wait for that one; {again}"
            )
        }
        TaskStatus::Finished => {
            format!("{what} was {done} on {ended:.0} as task {task_id}; {again}")
        }
        TaskStatus::PartlySucceeded | TaskStatus::Failed => format!(
            "{what} was {done} in part on {ended:.0} as task {task_id}: retry that task, or correct \
             what it reports; {again}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_basics::ids::TaskId;

    fn equal_task(task: &Task) -> Option<TaskId> {
        task.kind().equal_task(task)
    }

    #[test]
    fn the_task_that_a_refusal_names_is_found_in_it() {
        let json = serde_json::json!({
            "task_id": 890_572_171_505_147_u64, "name": "import", "station_id": "demo",
            "business_id": "member_import", "business_name": "Members", "type": 0,
            "input": "{}", "status": 3, "repeat": false, "message_show": true, "run_count": 1,
            "create_time": "2026-11-21T05:04:05Z", "modify_time": "2026-11-21T05:04:05Z",
        });
        let mut equal: Task = serde_json::from_value(json).expect("a task");
        let mut refused = equal.clone();
        refused.status = TaskStatus::Failed;
        for status in [1, 2, 3, 4, 5] {
            equal.status = TaskStatus::try_from(status).expect("a status");
            refused.reason = Some(refusal(&equal));
            assert_eq!(equal_task(&refused), Some(equal.task_id), "{refused:?}");
        }
        refused.reason = Some("the file is empty".to_owned());
        assert_eq!(equal_task(&refused), None);
        assert_eq!(equal_task(&equal), None, "it was imported");
    }

    #[test]
    fn a_file_is_the_same_for_one_business_only() {
        let members: BusinessId = "members".parse().expect("a business");
        let scores: BusinessId = "scores".parse().expect("a business");
        assert_eq!(of_file(&members, 5, "x"), of_file(&members, 5, "x"));
        assert_ne!(of_file(&members, 5, "x"), of_file(&scores, 5, "x"));
        assert_ne!(of_file(&members, 5, "x"), of_file(&members, 6, "x"));
    }
}
