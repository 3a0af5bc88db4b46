//! Tasks whose work is cut at once into segments of equal rank, one chunk each.

use serde_json::Value;
use sluice_task::{Task, TaskStatus};

use super::{EqualWork, Kind, ResultFile};

/// A kind of such tasks.
#[derive(Clone, Copy, Debug)]
pub struct Segmented {
    /// The handler's name. No service may take it.
    pub name: &'static str,
    /// Its words for work that is done once.
    pub words: EqualWork,
    /// The file that a task has made.
    pub file: fn(&Task) -> Option<ResultFile>,
    /// Hides what of a task's input is sensitive.
    pub hide: fn(&mut Value),
}

impl Kind for Segmented {
    fn has_name(&self, handler: &str) -> bool {
        handler == self.name
    }

    fn has_chunks(&self) -> bool {
        true
    }

    /// Each segment counts as one.
    fn bytes(&self, task: &Task) -> u64 {
        task.chunks.total.unwrap_or_default().into()
    }

    fn percent(&self, task: &Task) -> u8 {
        task.chunks.percent_of(self.bytes(task))
    }

    fn has_begun(&self, task: &Task) -> bool {
        task.run_count > 0
    }

    fn is_worth_a_retry(&self, task: &Task) -> bool {
        let chunks = &task.chunks;
        let has_failed = matches!(
            task.status,
            TaskStatus::Failed | TaskStatus::PartlySucceeded
        );
        has_failed && (!chunks.is_whole() || chunks.fault.is_some())
    }

    fn result_file(&self, task: &Task) -> Option<ResultFile> {
        (self.file)(task)
    }

    fn hide_sensitive(&self, input: &mut Value) {
        (self.hide)(input);
    }

    fn words_of_equal_work(&self) -> EqualWork {
        self.words
    }
}
