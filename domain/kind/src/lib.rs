//! The kinds of tasks. A task's record, its statuses, its chunks and their counts, its verbs and its
//! end are the same for all; what is different is said here. A new kind is a file of this folder and
//! a line of `KINDS`.

#![warn(missing_docs)]

pub mod work;

mod actions;
mod evaluation;
mod export;
mod handled;
mod import;
mod mailing;
mod orders;
mod reconciliation;
mod segmented;
mod undo;

pub use actions::TaskAction;
pub use evaluation::{EVALUATION, EVALUATIONS};
pub use export::{EXPORT, EXPORTS, ORDER_EXPORT, ORDER_EXPORTS};
pub use handled::Handled;
pub use import::{IMPORT, Import};
pub use mailing::{MAILING, MAILINGS, Mailing};
pub use orders::{ORDERS, Orders};
pub use reconciliation::{RECONCILIATION, RECONCILIATIONS};
pub use segmented::Segmented;
pub use undo::{UNDO, Undo};

use std::fmt::Debug;
use std::sync::{PoisonError, RwLock};

use serde_json::Value;
use sluice_basics::ids::{TaskId, UserTaskId};
use sluice_task::books::Ending;
use sluice_task::estimate::Basis;
use sluice_task::{Task, TaskType};

/// The kinds of tasks that Sluice does itself. Any other task is done by a service.
static KINDS: [&dyn Kind; 8] = [
    &Import,
    &EXPORTS,
    &ORDER_EXPORTS,
    &Orders,
    &Undo,
    &RECONCILIATIONS,
    &EVALUATIONS,
    &MAILINGS,
];

/// Kinds that the program added.
static ADDED: RwLock<Vec<&'static dyn Kind>> = RwLock::new(Vec::new());

/// What one kind of task decides about its tasks.
pub trait Kind: Debug + Send + Sync {
    /// Whether tasks with this handler's name are of this kind.
    fn has_name(&self, handler: &str) -> bool;

    /// Whether Sluice does the work itself, chunk by chunk. Else a service does, and says how far it
    /// is.
    fn has_chunks(&self) -> bool;

    /// How many bytes the chunks of a task have together, once it has begun.
    fn bytes(&self, task: &Task) -> u64;

    /// How far a task is that has not ended, in whole percent.
    fn percent(&self, task: &Task) -> u8;

    /// Whether something is kept of what a task has done when it is tried again, so that it goes on.
    /// Else it begins anew.
    fn has_begun(&self, task: &Task) -> bool;

    /// Whether something is left that another try can do. `POST /task/retry` looks closer.
    fn is_worth_a_retry(&self, task: &Task) -> bool;

    /// Why a task that runs is to stop by itself, as its counts are now, if it is.
    fn stops(&self, _task: &Task) -> Option<String> {
        None
    }

    /// Whether its tasks read a file.
    fn reads_a_file(&self) -> bool {
        false
    }

    /// The object that a task reads, if it reads one: without it the task can neither begin nor go on.
    ///
    /// # Errors
    ///
    /// If the task's input cannot be read.
    fn object(&self, _task: &Task) -> Result<Option<InputObject>, serde_json::Error> {
        Ok(None)
    }

    /// Whether a task has failed rows to correct, and some that no corrected file has made good.
    fn can_be_corrected(&self, _task: &Task) -> bool {
        false
    }

    /// Why what a task did cannot be taken back by `POST /task/undo`; none if it can be.
    fn undo_refusal(&self, task: &Task) -> Option<String> {
        let Task { task_id, name, .. } = task;
        Some(format!(
            "task {task_id} is `{name}`: only imports of files can be undone"
        ))
    }

    /// The task that a task belongs to: the import that it corrects or undoes.
    fn parent(&self, _task: &Task) -> Option<TaskId> {
        None
    }

    /// What the end of a task means for an import that it undoes.
    fn undoes(&self, _task: &Task, _ending: &Ending) -> Option<Undoes> {
        None
    }

    /// What its tasks are estimated from.
    fn estimates_from(&self) -> Basis {
        Basis::FileSize
    }

    /// The task because of which another one ended before it began, if its work is the same.
    fn equal_task(&self, _task: &Task) -> Option<TaskId> {
        None
    }

    /// The file that a task has made, if its end says that it has one.
    fn result_file(&self, _task: &Task) -> Option<ResultFile> {
        None
    }

    /// Hides what of a task's input is sensitive, as people see it.
    fn hide_sensitive(&self, _input: &mut Value) {}

    /// The task that is made when a task has ended, if one is: it belongs to that one.
    fn follow_up(&self, _task: &Task) -> Option<FollowUp> {
        None
    }

    /// The queue that its chunks go through.
    fn queue(&self) -> WorkQueue {
        WorkQueue::CHUNKS
    }

    /// How people are told that work is not done twice.
    fn words_of_equal_work(&self) -> EqualWork;
}

/// A queue of chunks, by the names of its settings: kinds that must not wait for each other have queues of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkQueue {
    /// The setting with the queue's URL.
    pub url: &'static str,
    /// The setting with how many chunks of the queue are worked on at a time.
    pub at_once: &'static str,
}

impl WorkQueue {
    /// The queue of most kinds.
    pub const CHUNKS: Self = Self {
        url: "CHUNKS_QUEUE_URL",
        at_once: "WORKERS_AT_ONCE",
    };
    /// That of mailings, whose pace is another's.
    pub const MAILINGS: Self = Self {
        url: "MAILINGS_QUEUE_URL",
        at_once: "MAILERS_AT_ONCE",
    };
}

/// A task that is made when another one has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowUp {
    /// The handler's name.
    pub name: &'static str,
    /// Import, export or process.
    pub task_type: TaskType,
    /// What it is to do.
    pub input: Value,
}

impl FollowUp {
    /// The id by which it is one task however often it is asked for: each run of a task may have one.
    ///
    /// # Panics
    ///
    /// If the handler's name is too long to be part of an id.
    pub fn user_task_id(name: &str, task_id: TaskId, run: u32) -> UserTaskId {
        let id = format!("{name}/{task_id}/{run}");
        id.parse().expect("a name and two numbers are short enough")
    }
}

/// An object that a task reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputObject {
    /// Its key.
    pub key: String,
    /// The id of its version, if it is read by that.
    pub version_id: Option<String>,
}

/// What the end of an undo means for its import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undoes {
    /// The import is undone.
    Whole(TaskId),
    /// It is as it was: nothing was undone.
    Nothing(TaskId),
}

/// A file that a task has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultFile {
    /// The object's key.
    pub key: String,
    /// What it is called when it is downloaded.
    pub name: String,
    /// Whether it is only for callers who may see sensitive data.
    pub is_sensitive: bool,
}

/// Words for work that is done once.
#[derive(Clone, Copy, Debug)]
pub struct EqualWork {
    /// What is the same: "the same file".
    pub what: &'static str,
    /// What was done with it: "imported".
    pub done: &'static str,
    /// How it is done all the same.
    pub again: &'static str,
}

/// The kind of the tasks with a handler's name.
pub fn of(handler: &str) -> &'static dyn Kind {
    let has_name = |kind: &&'static dyn Kind| kind.has_name(handler);
    if let Some(kind) = KINDS.iter().copied().find(has_name) {
        return kind;
    }
    let added = ADDED.read().unwrap_or_else(PoisonError::into_inner);
    added.iter().copied().find(has_name).unwrap_or(&Handled)
}

/// Adds a kind that Sluice does not bring. A program that embeds Sluice does so before it starts it. A handler's
/// name that is taken stays with the kind that has it.
pub fn add(kind: &'static dyn Kind) {
    let mut added = ADDED.write().unwrap_or_else(PoisonError::into_inner);
    added.push(kind);
}

/// What is decided about a task by its kind.
pub trait OfKind {
    /// Its kind.
    fn kind(&self) -> &'static dyn Kind;

    /// Whole percent. 100 only when the task has ended, and in one run never less than before:
    /// the bytes it is made from only grow, and a handler cannot lower it.
    fn progress(&self) -> u8;

    /// What can be done with it now. A verb that is not named is refused or changes nothing. One
    /// that is named can still be refused, because the task changes or its file is gone.
    fn actions(&self) -> Vec<TaskAction>;
}

impl OfKind for Task {
    fn kind(&self) -> &'static dyn Kind {
        of(&self.name)
    }

    fn progress(&self) -> u8 {
        if self.status.has_ended() {
            100
        } else {
            self.kind().percent(self).min(99)
        }
    }

    fn actions(&self) -> Vec<TaskAction> {
        actions::of(self)
    }
}
