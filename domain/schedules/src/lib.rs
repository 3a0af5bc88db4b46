//! Schedules: a station has a task started again and again. What is to be done is checked and made ready when
//! the schedule is set, so that starting it needs nothing that only one kind of task has.

#![warn(missing_docs)]

mod requests;
mod task;
mod when;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sluice_basics::ids::{StationId, TaskId, UserTaskId};
use sluice_basics::station::ZoneName;
use sluice_task::history::Actor;

pub use requests::{ScheduleList, ScheduleRequest, ScheduleView};
pub use task::{
    Circumstances, DayOfOrder, Moment, NothingToDo, PreparedTask, ScheduledEvaluation,
    ScheduledImport, ScheduledOrders, ScheduledReconciliation, ScheduledTask, StagedFile,
    TaskProblem,
};
pub use when::{DayOfWeek, When, WhenProblem};

/// How many schedules a station has at most.
pub const MAX_SCHEDULES: usize = 20;
/// How large a schedule's task may be, as JSON.
pub const MAX_TASK_BYTES: usize = 32 << 10;
/// A run that comes later than this was missed.
const LATE: Duration = Duration::from_mins(15);

/// A schedule's name in its station.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleName(String);

/// What becomes of a run that was missed, because Sluice was not at work or the station had too many tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Missed {
    /// It happens once as soon as it can, however many were missed.
    #[default]
    Once,
    /// It is left out.
    Never,
}

/// A schedule, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Whose.
    pub station_id: StationId,
    /// Its name.
    pub name: ScheduleName,
    /// Counts its changes and runs.
    pub revision: u64,
    /// When it starts a task.
    pub when: When,
    /// In which time zone.
    pub time_zone: ZoneName,
    /// What becomes of a run that was missed.
    pub missed: Missed,
    /// Whether it starts anything.
    pub enabled: bool,
    /// The task as it was asked for.
    pub task: ScheduledTask,
    /// The same, ready to be added.
    pub prepared: PreparedTask,
    /// Who set it.
    pub created_by: Option<Actor>,
    /// When it starts the next task; none while it is disabled.
    pub next_at: Option<Timestamp>,
    /// The last run.
    pub last: Option<LastRun>,
    /// The file that the last task imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<ImportedFile>,
}

/// A file that a task of a schedule imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedFile {
    /// Which content it has.
    pub etag: String,
    /// The task.
    pub task_id: TaskId,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastRun {
    /// When it was to start.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub due_at: Timestamp,
    /// The task; null if there is none.
    pub task_id: Option<TaskId>,
    /// Why there is no task; null if there is one.
    pub problem: Option<String>,
}

/// What is to be done about a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is not time yet, or it is over: somebody else has seen to it.
    Not,
    /// Its task is started.
    Start,
    /// It was missed and is left out.
    LeaveOut,
}

impl Schedule {
    /// Decides about the run that is due at `due`.
    pub fn turn(&self, due: Timestamp, now: Timestamp) -> Turn {
        if self.next_at != Some(due) || now < due {
            return Turn::Not;
        }
        let late = now.duration_since(due).unsigned_abs();
        if self.missed == Missed::Never && late > LATE {
            Turn::LeaveOut
        } else {
            Turn::Start
        }
    }

    /// Returns the id of the task of a run. A run that is tried again finds its task by it.
    pub fn user_task_id(&self, due: Timestamp) -> UserTaskId {
        id_of(&self.name, due)
    }

    /// Returns the schedule after a run: the runs that should have been until now are one.
    #[must_use]
    pub fn after(&self, last: LastRun, now: Timestamp) -> Self {
        let after = now.max(last.due_at);
        Self {
            revision: self.revision + 1,
            next_at: self.when.next_after(after, self.time_zone.zone()),
            last: Some(last),
            ..self.clone()
        }
    }
}

fn id_of(name: &ScheduleName, due: Timestamp) -> UserTaskId {
    let id = format!("schedule/{name}/{}", due.strftime("%Y%m%dT%H%MZ"));
    id.parse().expect("a name and a time are short enough")
}

/// A text is no name of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name of a schedule has 1 to 32 lower-case letters, digits, '-' and '_'")]
pub struct NoScheduleName;

impl FromStr for ScheduleName {
    type Err = NoScheduleName;

    fn from_str(text: &str) -> Result<Self, NoScheduleName> {
        let is_taken =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if (1..=32).contains(&text.len()) && text.bytes().all(is_taken) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoScheduleName)
        }
    }
}

impl fmt::Display for ScheduleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ScheduleName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ScheduleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for ScheduleName {
    fn schema_name() -> Cow<'static, str> {
        "ScheduleName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z0-9_-]{1,32}$" })
    }
}
