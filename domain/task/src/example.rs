//! A task to show and to change.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sluice_import::ImportState;

use crate::{ChunkState, Task, TaskStatus, TaskType};

/// An import that waits for its file. Tests of other crates change what they are about.
#[expect(clippy::missing_panics_doc, reason = "what it reads is written here")]
pub fn example() -> Task {
    let added: Timestamp = "2026-11-21T05:04:05Z".parse().expect("a time");
    Task {
        task_id: 7.try_into().expect("an id"),
        user_task_id: None,
        name: "import".to_owned(),
        station_id: "demo".parse().expect("a station"),
        business_id: "member_import".to_owned(),
        business_name: "Members".to_owned(),
        task_type: TaskType::Import,
        input: serde_json::json!({ "file_name": "m.csv", "options": {} }),
        result: None,
        status: TaskStatus::Submitted,
        repeat: false,
        work: None,
        progress: 0,
        created_by: None,
        history: Vec::new(),
        children: BTreeSet::new(),
        follow_up: false,
        message_show: true,
        run_count: 0,
        create_time: added,
        modify_time: added,
        start_at: None,
        start_time: None,
        end_time: None,
        reason: None,
        trace: None,
        chunks: ChunkState::default(),
        import: ImportState::default(),
    }
}
