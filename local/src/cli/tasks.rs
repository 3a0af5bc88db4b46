//! Looking at tasks, and what is done with them.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use sluice_api::{MAX_NAMED, ProfileFormat};
use sluice_basics::ids::{TaskId, UserTaskId};
use sluice_task::{TaskStatus, TaskType};

use super::Place;

/// Looking at tasks, and what is done with them.
#[derive(Debug, Args)]
pub struct Tasks {
    /// What is done.
    #[command(subcommand)]
    pub verb: TaskVerb,
}

/// What is done with tasks.
#[derive(Debug, Subcommand)]
pub enum TaskVerb {
    /// List tasks, the newest first.
    List(Box<ListTasks>),
    /// Show a task.
    Get(OneTask),
    /// Wait until a task has ended, and show it.
    ///
    /// Exit code: 0 it finished, 2 it partly succeeded, 3 it failed, 1 anything else, 64 the command line is wrong.
    Watch(OneTask),
    /// End a task early.
    Cancel(OneTask),
    /// Begin no further chunk of a task until it is resumed.
    Pause(OneTask),
    /// Resume a paused task.
    Resume(OneTask),
    /// Do again what did not succeed.
    Retry(RetryTask),
    /// List rows that were not imported.
    Errors(TaskErrors),
    /// Say why a task is not done.
    Explain(OneTask),
    /// Show where the time of a task went.
    Profile(ProfileTask),
    /// List who did what with a task.
    History(OneTask),
    /// Hide tasks that have ended from lists.
    Hide(ManyTasks),
    /// Show hidden tasks in lists again.
    Show(ManyTasks),
}

/// Which system is asked, and how its answer is printed.
#[derive(Debug, Args)]
pub struct Asked {
    /// The system.
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}

/// A task.
#[derive(Debug, Args)]
pub struct OneTask {
    /// The task.
    pub task_id: TaskId,
    /// The system and the form of the answer.
    #[command(flatten)]
    pub asked: Asked,
}

/// Tasks.
#[derive(Debug, Args)]
pub struct ManyTasks {
    /// The tasks.
    #[arg(required = true, num_args = 1..=MAX_NAMED)]
    pub task_ids: Vec<TaskId>,
    /// The system and the form of the answer.
    #[command(flatten)]
    pub asked: Asked,
}

/// A task that is retried.
#[derive(Debug, Args)]
pub struct RetryTask {
    /// The task.
    pub task_id: TaskId,
    /// Import the file although another task has imported the same one.
    #[arg(long)]
    pub repeat: bool,
    /// The system and the form of the answer.
    #[command(flatten)]
    pub asked: Asked,
}

/// Which tasks are listed.
#[derive(Debug, Args)]
pub struct ListTasks {
    /// Only this task (may be repeated). Hidden tasks are listed, too, if they are named.
    #[arg(long = "id", value_name = "TASK_ID")]
    pub task_ids: Vec<TaskId>,
    /// Only the task with this id of your own (may be repeated).
    #[arg(long = "user-task-id", value_name = "ID")]
    pub user_task_ids: Vec<UserTaskId>,
    /// Only tasks of this type: import, export or process.
    #[arg(long = "type", value_name = "TYPE", value_parser = task_type)]
    pub task_type: Option<TaskType>,
    /// Only tasks in this status: submitted, running, finished, partly-succeeded, failed, or a number from 1 to 5
    /// (several with commas between).
    #[arg(long, value_delimiter = ',', value_parser = status)]
    pub status: Vec<TaskStatus>,
    /// Only tasks of this business.
    #[arg(long, value_name = "NAME")]
    pub business: Option<String>,
    /// Only tasks that were added at this time or later, such as `2026-01-31T08:30:00Z`.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub created_from: Option<Timestamp>,
    /// Only tasks that were added before this time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub created_to: Option<Timestamp>,
    /// Only tasks whose file name, name, business or ids contain each of these words.
    #[arg(long, value_name = "WORDS")]
    pub search: Option<String>,
    /// Count the tasks by status.
    #[arg(long)]
    pub totals: bool,
    /// How many tasks are listed.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub limit: u64,
    /// Begin where the page before ended.
    #[arg(long)]
    pub cursor: Option<String>,
    /// List all pages.
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
    /// The system and the form of the answer.
    #[command(flatten)]
    pub asked: Asked,
}

/// Which errors of a task are listed.
#[derive(Debug, Args)]
pub struct TaskErrors {
    /// The task.
    pub task_id: TaskId,
    /// How many rows are listed.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub limit: u64,
    /// Begin where the page before ended.
    #[arg(long)]
    pub cursor: Option<String>,
    /// List all pages.
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
    /// The system and the form of the answer.
    #[command(flatten)]
    pub asked: Asked,
}

/// A task whose profile is shown.
#[derive(Debug, Args)]
pub struct ProfileTask {
    /// The task.
    pub task_id: TaskId,
    /// The form of the profile: json for a table of stages, dot for a graph of Graphviz, folded for flame graphs.
    #[arg(long, value_name = "json|dot|folded", default_value = "json")]
    pub format: ProfileFormat,
    /// The system and the form of the answer.
    #[command(flatten)]
    pub asked: Asked,
}

impl Tasks {
    /// Which system is asked, and how its answer is printed.
    pub fn asked(&self) -> &Asked {
        match &self.verb {
            TaskVerb::List(list) => &list.asked,
            TaskVerb::Get(one)
            | TaskVerb::Watch(one)
            | TaskVerb::Cancel(one)
            | TaskVerb::Pause(one)
            | TaskVerb::Resume(one)
            | TaskVerb::Explain(one)
            | TaskVerb::History(one) => &one.asked,
            TaskVerb::Retry(retry) => &retry.asked,
            TaskVerb::Errors(errors) => &errors.asked,
            TaskVerb::Profile(profile) => &profile.asked,
            TaskVerb::Hide(many) | TaskVerb::Show(many) => &many.asked,
        }
    }

    /// The same, to be changed.
    pub fn asked_mut(&mut self) -> &mut Asked {
        match &mut self.verb {
            TaskVerb::List(list) => &mut list.asked,
            TaskVerb::Get(one)
            | TaskVerb::Watch(one)
            | TaskVerb::Cancel(one)
            | TaskVerb::Pause(one)
            | TaskVerb::Resume(one)
            | TaskVerb::Explain(one)
            | TaskVerb::History(one) => &mut one.asked,
            TaskVerb::Retry(retry) => &mut retry.asked,
            TaskVerb::Errors(errors) => &mut errors.asked,
            TaskVerb::Profile(profile) => &mut profile.asked,
            TaskVerb::Hide(many) | TaskVerb::Show(many) => &mut many.asked,
        }
    }
}

fn task_type(text: &str) -> Result<TaskType, String> {
    match text {
        "import" => Ok(TaskType::Import),
        "export" => Ok(TaskType::Export),
        "process" => Ok(TaskType::Process),
        _ => Err("there are import, export and process".to_owned()),
    }
}

fn status(text: &str) -> Result<TaskStatus, String> {
    match text {
        "submitted" | "1" => Ok(TaskStatus::Submitted),
        "running" | "2" => Ok(TaskStatus::Running),
        "finished" | "3" => Ok(TaskStatus::Finished),
        "partly-succeeded" | "4" => Ok(TaskStatus::PartlySucceeded),
        "failed" | "5" => Ok(TaskStatus::Failed),
        _ => Err("there are submitted, running, finished, partly-succeeded and failed".to_owned()),
    }
}

fn time(text: &str) -> Result<Timestamp, String> {
    let time = text.parse();
    time.map_err(|_| "write a time with its offset, such as 2026-01-31T08:30:00Z".to_owned())
}
