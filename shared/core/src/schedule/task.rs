//! The task that a schedule starts: as it is asked for, and ready to be added.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::MAX_TASK_BYTES;
use crate::api::{AddProblem, AddRequest, ExportRequest};
use crate::definition::Catalog;
use crate::export::{ExportError, ExportInput, exported, file_name};
use crate::json;
use crate::kind::{EVALUATION, EXPORT};
use crate::score::{EvaluationInput, Month, PeriodError, ScoreError, ScoreTables, end_of_period};
use crate::station::StationConfig;
use crate::task::TaskType;

/// What a schedule starts: the body of the request that would start it now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduledTask {
    /// As `POST /export`.
    Export(ExportRequest),
    /// As `POST /task/add`. Its work may always be done again.
    Add(AddRequest),
    /// As `POST /score/evaluate`, of the month before the one in which it is due.
    Evaluate(ScheduledEvaluation),
}

/// An evaluation of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledEvaluation {
    /// Whether it only decides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// When a task of a schedule begins.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// When it was due.
    pub due: Timestamp,
    /// When it is begun with.
    pub now: Timestamp,
    /// Where the schedule's times are meant.
    pub zone: &'a TimeZone,
}

/// A task of a schedule, with all that was checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreparedTask {
    /// The handler's name.
    pub name: String,
    /// The definition or business.
    pub business_id: String,
    /// The same for people.
    pub business_name: String,
    /// Import, export or process.
    pub task_type: TaskType,
    /// What is done.
    #[serde(deserialize_with = "json::plain")]
    pub input: Value,
    /// The digest of the work, if equal work is not done twice at the same time.
    pub work: Option<String>,
}

/// Why a schedule cannot start a task.
#[derive(Debug, thiserror::Error)]
pub enum TaskProblem {
    /// It is asked for with an id or a time of its own.
    #[error("task: leave out {0}: the schedule sets it for each task")]
    Own(&'static str),
    /// No such export.
    #[error("task: {0}")]
    Export(#[from] ExportError),
    /// No such task.
    #[error("task: {0}")]
    Add(#[from] AddProblem),
    /// Scores cannot be evaluated.
    #[error("task: {0}")]
    Scores(#[from] ScoreError),
    /// Too large.
    #[error("task: {0} bytes of JSON, at most {MAX_TASK_BYTES} are taken")]
    TooLarge(usize),
    /// Its input cannot be written.
    #[error("task: it cannot be written as JSON")]
    Broken(#[from] serde_json::Error),
}

impl ScheduledTask {
    /// Checks the task and makes it ready, for a caller who may or may not see sensitive data.
    ///
    /// # Errors
    ///
    /// Says why the request would be refused.
    pub fn prepare(
        &self,
        catalog: &Catalog,
        config: &StationConfig,
        may_see_sensitive: bool,
        now: Timestamp,
    ) -> Result<PreparedTask, TaskProblem> {
        let (has_id, start_at) = match self {
            Self::Export(wanted) => (wanted.user_task_id.is_some(), wanted.start_at),
            Self::Add(wanted) => (wanted.user_task_id.is_some(), wanted.start_at),
            Self::Evaluate(_) => (false, None),
        };
        if has_id {
            return Err(TaskProblem::Own("user_task_id"));
        }
        if start_at.is_some() {
            return Err(TaskProblem::Own("start_at"));
        }
        let bytes = serde_json::to_string(self)?.len();
        if bytes > MAX_TASK_BYTES {
            return Err(TaskProblem::TooLarge(bytes));
        }
        match self {
            Self::Export(wanted) => {
                let definition = exported(catalog, &wanted.business)?;
                let input = ExportInput::of(definition, wanted, config, may_see_sensitive, now)?;
                Ok(PreparedTask {
                    name: EXPORT.to_owned(),
                    business_id: wanted.business.to_string(),
                    business_name: definition.title.clone(),
                    task_type: TaskType::Export,
                    input: serde_json::to_value(&input)?,
                    work: None,
                })
            }
            Self::Add(wanted) => {
                wanted.check()?;
                Ok(PreparedTask {
                    name: wanted.name.to_string(),
                    business_id: wanted.business_id.to_string(),
                    business_name: wanted.business_name.to_string(),
                    task_type: wanted.kind,
                    input: wanted.input.clone(),
                    work: Some(wanted.work()),
                })
            }
            Self::Evaluate(_) => {
                let members = ScoreTables::of(catalog)?.members;
                Ok(PreparedTask {
                    name: EVALUATION.to_owned(),
                    business_id: members.business.to_string(),
                    business_name: members.title,
                    task_type: TaskType::Process,
                    input: Value::Null,
                    work: None,
                })
            }
        }
    }

    /// Returns the input of a run.
    ///
    /// # Errors
    ///
    /// If there is nothing to do at that time.
    pub fn input_at(
        &self,
        prepared: &PreparedTask,
        moment: Moment<'_>,
    ) -> Result<Value, PeriodError> {
        let mut input = prepared.input.clone();
        match self {
            Self::Add(_) => {}
            Self::Export(wanted) => {
                let name = file_name(&wanted.business, wanted.format, moment.now);
                input["file_name"] = name.into();
            }
            Self::Evaluate(wanted) => {
                let day = moment.due.to_zoned(moment.zone.clone()).date();
                let (period, dry_run) = (Month::of(day).plus(-1), wanted.dry_run);
                let ends_at = end_of_period(period, moment.zone, moment.now, dry_run)?;
                input = json!(EvaluationInput {
                    period,
                    dry_run,
                    ends_at,
                });
            }
        }
        Ok(input)
    }

    /// Hides the values by which sensitive columns are filtered, as people see it.
    pub fn hide_sensitive(task: &mut Value, prepared: &PreparedTask) {
        let sensitive = prepared.input["sensitive"].as_array();
        let filter = task
            .pointer_mut("/export/filter")
            .and_then(Value::as_object_mut);
        let (Some(sensitive), Some(filter)) = (sensitive, filter) else {
            return;
        };
        for column in sensitive.iter().filter_map(Value::as_str) {
            if let Some(wanted) = filter.get_mut(column) {
                *wanted = "…".into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepare(task: &Value, may_see_sensitive: bool) -> Result<PreparedTask, TaskProblem> {
        let catalog = Catalog::load().expect("a catalog");
        let task: ScheduledTask = serde_json::from_str(&task.to_string()).expect("a task");
        let config = StationConfig::default();
        task.prepare(&catalog, &config, may_see_sensitive, Timestamp::UNIX_EPOCH)
    }

    fn add(more: &Value) -> Value {
        let mut add = json!({ "name": "mailer", "business_id": "b", "business_name": "B", "type": 2,
            "input": { "n": 1 } });
        let more = more.as_object().expect("an object").clone();
        add.as_object_mut().expect("an object").extend(more);
        json!({ "add": add })
    }

    #[test]
    fn a_task_is_made_ready_and_an_export_has_a_file_of_its_own_each_time() {
        let wanted = json!({ "export": { "business": "member_import" } });
        let prepared = prepare(&wanted, false).expect("a task");
        assert_eq!(
            (prepared.name.as_str(), prepared.task_type),
            (EXPORT, TaskType::Export)
        );
        let task: ScheduledTask = serde_json::from_str(&wanted.to_string()).expect("a task");
        let at = "2026-01-31T08:30:00Z".parse().expect("a time");
        let moment = Moment {
            due: at,
            now: at,
            zone: &TimeZone::UTC,
        };
        let input = task.input_at(&prepared, moment).expect("an input");
        assert_eq!(input["file_name"], "member_import-20260131-083000.csv");
        let input: ExportInput = serde_json::from_value(input).expect("an input");
        assert!(!input.columns.is_empty());
        let prepared = prepare(&add(&json!({})), false).expect("a task");
        assert_eq!(
            (prepared.name.as_str(), &prepared.input),
            ("mailer", &json!({ "n": 1 }))
        );
    }

    #[test]
    fn an_evaluation_is_of_the_month_before_the_one_in_which_it_is_due() {
        let task = ScheduledTask::Evaluate(ScheduledEvaluation { dry_run: false });
        let catalog = Catalog::load().expect("a catalog");
        let now = Timestamp::UNIX_EPOCH;
        let prepared = task.prepare(&catalog, &StationConfig::default(), false, now);
        let prepared = prepared.expect("a task");
        assert_eq!(prepared.name, EVALUATION);
        // In Shanghai it is the first of February by then, and in London the last of January.
        let due: Timestamp = "2026-01-31T18:00:00Z".parse().expect("a time");
        let period = |zone: &str, now: Timestamp| {
            let zone = TimeZone::get(zone).expect("a zone");
            let zone = &zone;
            let input = task.input_at(&prepared, Moment { due, now, zone });
            input.map(|input| input["period"].as_str().map(str::to_owned))
        };
        assert_eq!(
            period("Asia/Shanghai", due).ok().flatten().as_deref(),
            Some("2026-01")
        );
        assert_eq!(
            period("Europe/London", due).ok().flatten().as_deref(),
            Some("2025-12")
        );
        // However late it is.
        let late = due + jiff::SignedDuration::from_hours(24 * 40);
        assert_eq!(
            period("Asia/Shanghai", late).ok().flatten().as_deref(),
            Some("2026-01")
        );
    }

    #[test]
    fn what_would_be_refused_at_its_time_is_refused_when_it_is_set() {
        for (wrong, words) in [
            (
                json!({ "export": { "business": "nothing" } }),
                "`nothing` is not a known business",
            ),
            (
                json!({ "export": { "business": "member_import", "columns": ["colour"] } }),
                "`colour` is not a column",
            ),
            (
                json!({ "export": { "business": "member_import", "user_task_id": "x" } }),
                "leave out user_task_id",
            ),
            (
                add(&json!({ "start_at": "2026-12-01T00:00:00Z" })),
                "leave out start_at",
            ),
            (add(&json!({ "name": "import" })), "POST /upload"),
            (
                add(&json!({ "name": "export" })),
                "Sluice runs `export` itself",
            ),
            (
                add(&json!({ "input": "x".repeat(MAX_TASK_BYTES) })),
                "bytes of JSON",
            ),
        ] {
            let problem = prepare(&wrong, false).expect_err(words).to_string();
            assert!(problem.contains(words), "{problem}");
        }
    }
}
