//! E-mails to many.

use serde_json::Value;
use sluice_basics::ids::TaskId;
use sluice_basics::object_key;
use sluice_export::hide_sensitive;
use sluice_task::Task;

use super::{EqualWork, Kind, ResultFile, Segmented, WorkQueue};

/// The handler's name of mailings. No service may take it.
pub const MAILING: &str = "mailing";

/// The kind of mailings: in segments as others, and in a queue of its own, since SES sets its pace.
#[derive(Clone, Copy, Debug)]
pub struct Mailing(Segmented);

/// The kind of mailings.
pub static MAILINGS: Mailing = Mailing(Segmented {
    name: MAILING,
    words: EqualWork {
        what: "the same mailing",
        done: "sent",
        again: "to send it again, ask with another user_task_id",
    },
    file,
    hide,
});

/// The list of those who were not sent to. Addresses of rows are for callers who may see sensitive columns; those
/// that were named with the mailing its callers know.
fn file(task: &Task) -> Option<ResultFile> {
    let listed = task.result.as_ref()?.get("not_sent")?.as_u64()?;
    (listed > 0).then(|| ResultFile {
        key: object_key::not_sent(&task.reference()),
        name: "not_sent.csv".to_owned(),
        is_sensitive: task.input["audience"].get("addresses").is_none(),
    })
}

/// People see how many addresses were named, and not where they lie; and by which columns rows are chosen, but not the
/// values of those that are sensitive.
fn hide(input: &mut Value) {
    if let Some(Value::Object(named)) = input["audience"].get_mut("addresses") {
        named.remove("object_key");
    }
    if let Some(rows) = input["audience"].get_mut("rows") {
        hide_sensitive(rows);
    }
}

impl Kind for Mailing {
    fn has_name(&self, handler: &str) -> bool {
        self.0.has_name(handler)
    }

    fn has_chunks(&self) -> bool {
        true
    }

    fn bytes(&self, task: &Task) -> u64 {
        self.0.bytes(task)
    }

    fn percent(&self, task: &Task) -> u8 {
        self.0.percent(task)
    }

    fn has_begun(&self, task: &Task) -> bool {
        self.0.has_begun(task)
    }

    fn is_worth_a_retry(&self, task: &Task) -> bool {
        self.0.is_worth_a_retry(task)
    }

    fn result_file(&self, task: &Task) -> Option<ResultFile> {
        self.0.result_file(task)
    }

    fn parent(&self, task: &Task) -> Option<TaskId> {
        let import = task.input["audience"].get("import")?;
        import["task_id"].as_u64()?.try_into().ok()
    }

    fn hide_sensitive(&self, input: &mut Value) {
        self.0.hide_sensitive(input);
    }

    fn queue(&self) -> WorkQueue {
        WorkQueue::MAILINGS
    }

    fn words_of_equal_work(&self) -> EqualWork {
        self.0.words_of_equal_work()
    }
}
