//! Schedules, as a station sets and sees them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sluice_basics::station::ZoneName;
use sluice_task::history::Actor;

use super::{LastRun, Missed, Schedule, ScheduleName, ScheduledTask, When};

/// `PUT /station/schedules/{name}`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRequest {
    /// When it starts a task.
    pub when: When,
    /// In which time zone; in that of the station as it is now if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ZoneName>")]
    pub time_zone: Option<String>,
    /// What becomes of a run that was missed.
    #[serde(default)]
    pub missed: Missed,
    /// Whether it starts anything.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What it starts.
    pub task: ScheduledTask,
}

fn yes() -> bool {
    true
}

/// A schedule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScheduleView {
    /// Its name in the station.
    pub name: ScheduleName,
    /// When it starts a task.
    pub when: When,
    /// In which time zone.
    pub time_zone: ZoneName,
    /// What becomes of a run that was missed.
    pub missed: Missed,
    /// Whether it starts anything.
    pub enabled: bool,
    /// What it starts, as it was asked for.
    pub task: Value,
    /// Who set it: the claim `sub` of the token. Null if the token named nobody.
    pub created_by: Option<Actor>,
    /// When it starts the next task; null while it is disabled.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub next_at: Option<Timestamp>,
    /// The last run; null if there was none.
    pub last: Option<LastRun>,
}

impl ScheduleView {
    /// The schedule as a caller sees it who may or may not see sensitive data.
    pub fn new(schedule: Schedule, may_see_sensitive: bool) -> Self {
        let mut task = serde_json::to_value(&schedule.task).unwrap_or_default();
        if !may_see_sensitive {
            ScheduledTask::hide_sensitive(&mut task, &schedule.prepared);
        }
        Self {
            name: schedule.name,
            when: schedule.when,
            time_zone: schedule.time_zone,
            missed: schedule.missed,
            enabled: schedule.enabled,
            task,
            created_by: schedule.created_by,
            next_at: schedule.next_at,
            last: schedule.last,
        }
    }
}

/// All schedules of a station.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScheduleList {
    /// By their names.
    pub schedules: Vec<ScheduleView>,
}
