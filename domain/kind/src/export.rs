//! Exports: of the rows of a business, and of orders.

use serde::Deserialize;
use sluice_basics::object_key;
use sluice_export::{ExportFormat, hide_sensitive};
use sluice_task::{Task, TaskStatus};

use super::{EqualWork, ResultFile, Segmented};

/// The handler's name of exports of rows. No service may take it.
pub const EXPORT: &str = "export";
/// The handler's name of exports of orders. No service may take it.
pub const ORDER_EXPORT: &str = "order_export";

const WORDS: EqualWork = EqualWork {
    what: "the same export",
    done: "exported",
    again: "to export it again, ask with another user_task_id",
};

/// The kind of exports of rows.
pub static EXPORTS: Segmented = Segmented {
    name: EXPORT,
    words: WORDS,
    file,
    hide: hide_sensitive,
};

/// The kind of exports of orders.
pub static ORDER_EXPORTS: Segmented = Segmented {
    name: ORDER_EXPORT,
    ..EXPORTS
};

/// The file of an export that has ended well.
fn file(task: &Task) -> Option<ResultFile> {
    #[derive(Deserialize)]
    struct Exported {
        format: ExportFormat,
        file_name: String,
        #[serde(default)]
        sensitive: Vec<String>,
    }
    if task.status != TaskStatus::Finished {
        return None;
    }
    // A service may have run a task of this name before there were exports.
    let input: Exported = serde_json::from_value(task.input.clone()).ok()?;
    Some(ResultFile {
        key: object_key::export(&task.reference(), input.format.extension()),
        name: input.file_name,
        is_sensitive: !input.sensitive.is_empty(),
    })
}
