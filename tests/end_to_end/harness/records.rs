//! Task records as they are stored: that nothing in them contradicts the rest.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{Sluice, TASKS, text};

/// The fields of a task, as the contract lists them, and the counters of an import.
pub const FIELDS: [&str; 35] = [
    "columns",
    "combined_rows",
    "created_by",
    "detected",
    "ignored_lines",
    "task_id",
    "user_task_id",
    "task_name",
    "station_id",
    "input",
    "result",
    "status",
    "repeat",
    "message_show",
    "run_count",
    "create_time",
    "modify_time",
    "start_at",
    "start_time",
    "end_time",
    "business_id",
    "business_name",
    "type",
    "parent",
    "paused",
    "progress",
    "reason",
    "reason_code",
    "reason_params",
    "rows",
    "children",
    "chunks",
    "actions",
    "same_as",
    "undone_by",
];

impl Sluice {
    /// Asserts of each task that its status, its mark as open, its end and its place in the index
    /// of lists fit together. How many tasks there are.
    pub async fn assert_consistent(&self) -> usize {
        let items = self.items_of(TASKS).await;
        let mut tasks = 0;
        for ((pk, sk), task) in &items {
            let Some(number) = sk.strip_prefix("TASK#").filter(|_| pk != "OPEN") else {
                continue;
            };
            tasks += 1;
            let station = pk.strip_prefix("STATION#").expect("a station's task");
            let status = task["status"].as_n().expect("a status").as_str();
            let has_ended = matches!(status, "3" | "4" | "5");
            let mark = ("OPEN".to_owned(), format!("TASK#{station}#{number}"));
            assert_eq!(items.contains_key(&mark), !has_ended, "open mark: {task:?}");
            assert_eq!(task.contains_key("end_time"), has_ended, "{task:?}");
            let is_shown = task["message_show"] == AttributeValue::Bool(true);
            assert!(is_shown || has_ended, "hidden before its end: {task:?}");
            let listed = task.get("listed").map(|_| text(task, "listed"));
            assert_eq!(listed, is_shown.then_some(pk.as_str()), "{task:?}");
        }
        let marks = items.keys().filter(|(pk, _)| pk == "OPEN");
        for (_, mark) in marks {
            let (station, number) = mark["TASK#".len()..].split_once('#').expect("a mark");
            let task = (format!("STATION#{station}"), format!("TASK#{number}"));
            assert!(items.contains_key(&task), "a mark without a task: {mark}");
        }
        tasks
    }
}
