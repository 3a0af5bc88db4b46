//! The task that a schedule starts: as it is asked for, and ready to be added. Each kind of task has a file.

mod add;
mod evaluate;
mod export;
mod import;
mod mail;
mod orders;
mod reconcile;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sluice_api::{AddProblem, AddRequest, ExportRequest, MailSendRequest};
use sluice_basics::ids::{BusinessId, StationId};
use sluice_basics::json;
use sluice_basics::station::StationConfig;
use sluice_definition::{Catalog, HeaderProblem};
use sluice_export::ExportError;
use sluice_mail::{AudienceError, Language, MailTemplate, TemplateError, TemplateName};
use sluice_orders::{FormatName, OrderFormat, QueryError};
use sluice_scores::{MOST_RECONCILED_MONTHS, PeriodError, ScoreError};
use sluice_task::TaskType;

use super::MAX_TASK_BYTES;

pub use evaluate::ScheduledEvaluation;
pub use import::{ScheduledImport, StagedFile};
pub use orders::{DayOfOrder, ScheduledOrders};
pub use reconcile::ScheduledReconciliation;

/// What a schedule starts: the body of the request that would start it now, with days that go by the run's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduledTask {
    /// The import of a file that lies in the station's inbox and waits for it.
    Import(ScheduledImport),
    /// As `POST /export`.
    Export(ExportRequest),
    /// As `GET /station/sales_analysis/orderdetail`, of the days before the one on which it is due.
    Orders(ScheduledOrders),
    /// As `POST /task/add`. Its work may always be done again.
    Add(AddRequest),
    /// As `POST /score/evaluate`, of the month before the one in which it is due.
    Evaluate(ScheduledEvaluation),
    /// As `POST /score/reconcile`, of the months up to the one in which it is due.
    Reconcile(ScheduledReconciliation),
    /// As `POST /mail/send`, to rows or to a list, with the version of the template that is the latest then.
    Mail(MailSendRequest),
}

/// What a task is made ready with.
#[derive(Clone, Debug)]
pub struct Circumstances<'a> {
    /// Whose it is.
    pub station: &'a StationId,
    /// The businesses that there are.
    pub catalog: &'a Catalog,
    /// The station's configuration.
    pub config: &'a StationConfig,
    /// Whether the caller may see sensitive data.
    pub may_see_sensitive: bool,
    /// The time.
    pub now: Timestamp,
    /// The template that [`ScheduledTask::template`] names, if there is one.
    pub template: Option<&'a MailTemplate>,
    /// The form that [`ScheduledTask::orders`] names, if there is one.
    pub order_format: Option<(FormatName, OrderFormat)>,
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
    /// What lies where [`ScheduledTask::file`] says, if anything does.
    pub file: Option<&'a StagedFile>,
}

impl Moment<'_> {
    /// The day on which it was due.
    fn day(&self) -> Date {
        self.due.to_zoned(self.zone.clone()).date()
    }
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
    /// Too few or too many months.
    #[error("task: months: 1 to {MOST_RECONCILED_MONTHS}")]
    Months,
    /// No such orders.
    #[error("task: {0}")]
    Orders(#[from] QueryError),
    /// The form of the file was not found.
    #[error("task: format: there is none")]
    NoFormat,
    /// No such business.
    #[error("task: business: `{business}` is not a known business; there are: {known}")]
    UnknownBusiness {
        /// What was asked for.
        business: BusinessId,
        /// The businesses that there are.
        known: String,
    },
    /// An import that tells those whom it creates.
    #[error(
        "task: options.notify: leave it out: have another schedule send an e-mail to rows that are chosen by a filter"
    )]
    Notify,
    /// An import that cannot be taken back.
    #[error(
        "task: options.undoable: the rows of `{0}` are sent to an endpoint, and Sluice cannot take them back"
    )]
    CannotUndo(BusinessId),
    /// Columns that there are not.
    #[error("task: {0}")]
    Columns(#[from] HeaderProblem),
    /// The file lies elsewhere.
    #[error(
        "task: object_key: the file is one of the station's that wait for their schedule: inbox/{0}/.staged/<name>"
    )]
    NotStaged(StationId),
    /// No such template.
    #[error("task: {0}")]
    NoTemplate(String),
    /// The template cannot be read.
    #[error("task: template: {0}")]
    Template(#[from] TemplateError),
    /// An audience that changes.
    #[error(
        "task: audience: send business with a filter if you like, or object_key: addresses are for one mailing"
    )]
    Audience,
    /// No such audience.
    #[error("task: {0}")]
    Rows(#[from] AudienceError),
    /// No e-mail address.
    #[error("task: reply_to: {0}")]
    ReplyTo(String),
    /// Too large.
    #[error("task: {0} bytes of JSON, at most {MAX_TASK_BYTES} are taken")]
    TooLarge(usize),
    /// Its input cannot be written.
    #[error("task: it cannot be written as JSON")]
    Broken(#[from] serde_json::Error),
}

impl TaskProblem {
    /// Whether the caller may not do it, and somebody else might.
    pub fn is_forbidden(&self) -> bool {
        matches!(
            self,
            Self::Export(ExportError::Sensitive(_)) | Self::Rows(AudienceError::Sensitive(_))
        )
    }
}

/// Why a run has no task.
#[derive(Debug, thiserror::Error)]
pub enum NothingToDo {
    /// The month cannot be evaluated.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// The days are none.
    #[error(transparent)]
    Orders(#[from] QueryError),
    /// There is no file.
    #[error("there is no file {0}")]
    NoFile(String),
    /// What was made ready cannot be read.
    #[error("the schedule's task cannot be read by this release: set it again")]
    Broken(#[from] serde_json::Error),
}

impl ScheduledTask {
    /// The template that making it ready needs.
    pub fn template(&self) -> Option<(&TemplateName, &Language)> {
        match self {
            Self::Mail(wanted) => Some((&wanted.template, &wanted.language)),
            _ => None,
        }
    }

    /// The orders whose form of the file making it ready needs.
    pub fn orders(&self) -> Option<&ScheduledOrders> {
        match self {
            Self::Orders(wanted) => Some(wanted),
            _ => None,
        }
    }

    /// The object that each run imports.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Import(wanted) => Some(wanted.object_key.as_str()),
            _ => None,
        }
    }

    /// Whether a run imports a file although an earlier task has imported an equal one. Other work may always be done
    /// again.
    pub fn may_repeat(&self) -> bool {
        match self {
            Self::Import(wanted) => wanted.repeat,
            _ => true,
        }
    }

    /// Checks the task and makes it ready.
    ///
    /// # Errors
    ///
    /// Says why the request would be refused.
    pub fn prepare(&self, now: &Circumstances<'_>) -> Result<PreparedTask, TaskProblem> {
        let (has_id, start_at) = match self {
            Self::Export(wanted) => (wanted.user_task_id.is_some(), wanted.start_at),
            Self::Add(wanted) => (wanted.user_task_id.is_some(), wanted.start_at),
            Self::Mail(wanted) => (wanted.user_task_id.is_some(), wanted.start_at),
            Self::Import(_) | Self::Orders(_) | Self::Evaluate(_) | Self::Reconcile(_) => {
                (false, None)
            }
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
            Self::Import(wanted) => import::prepare(wanted, now),
            Self::Export(wanted) => export::prepare(wanted, now),
            Self::Orders(wanted) => orders::prepare(wanted, now),
            Self::Add(wanted) => add::prepare(wanted),
            Self::Evaluate(_) => evaluate::prepare(now),
            Self::Reconcile(wanted) => reconcile::prepare(wanted, now),
            Self::Mail(wanted) => mail::prepare(wanted, now),
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
    ) -> Result<Value, NothingToDo> {
        match self {
            Self::Import(wanted) => import::input_at(wanted, prepared, moment),
            Self::Export(wanted) => Ok(export::input_at(wanted, prepared, moment)),
            Self::Orders(wanted) => orders::input_at(wanted, prepared, moment),
            Self::Add(_) | Self::Mail(_) => Ok(prepared.input.clone()),
            Self::Evaluate(wanted) => evaluate::input_at(wanted, moment),
            Self::Reconcile(wanted) => Ok(reconcile::input_at(wanted, moment)),
        }
    }

    /// Hides the values by which sensitive columns are filtered, as people see it.
    pub fn hide_sensitive(task: &mut Value, prepared: &PreparedTask) {
        let of_rows = &prepared.input["audience"]["rows"]["sensitive"];
        for (sensitive, filter) in [
            (&prepared.input["sensitive"], "/export/filter"),
            (&prepared.input["sensitive"], "/orders"),
            (of_rows, "/mail/audience/filter"),
        ] {
            let filter = task.pointer_mut(filter).and_then(Value::as_object_mut);
            let (Some(sensitive), Some(filter)) = (sensitive.as_array(), filter) else {
                continue;
            };
            for column in sensitive.iter().filter_map(Value::as_str) {
                if let Some(wanted) = filter.get_mut(column) {
                    *wanted = "…".into();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use sluice_export::ExportInput;
    use sluice_kind::{EVALUATION, EXPORT, IMPORT, MAILING, ORDER_EXPORT, RECONCILIATION};
    use sluice_mail::Texts;

    fn task(wanted: &Value) -> ScheduledTask {
        serde_json::from_str(&wanted.to_string()).expect("a task")
    }

    fn template() -> MailTemplate {
        MailTemplate {
            name: "news".parse().expect("a name"),
            language: "en".parse().expect("a language"),
            version: 3,
            texts: Texts {
                subject: "Hello {{ name }}".to_owned(),
                text: Some("Hello".to_owned()),
                html: None,
            },
            sample: serde_json::from_value(json!({ "name": "Ann" })).expect("values"),
            changed_at: Timestamp::UNIX_EPOCH,
            changed_by: None,
        }
    }

    fn prepare(wanted: &Value, may_see_sensitive: bool) -> Result<PreparedTask, TaskProblem> {
        let usual = FormatName::usual();
        let format = OrderFormat::built_in(&usual).expect("a format");
        let template = template();
        task(wanted).prepare(&Circumstances {
            station: &"demo".parse().expect("a station"),
            catalog: &Catalog::load().expect("a catalog"),
            config: &StationConfig::default(),
            may_see_sensitive,
            now: Timestamp::UNIX_EPOCH,
            template: Some(&template),
            order_format: Some((usual, format.expect("a format"))),
        })
    }

    fn add(more: &Value) -> Value {
        let mut add = json!({ "name": "mailer", "business_id": "b", "business_name": "B", "type": 2,
            "input": { "n": 1 } });
        let more = more.as_object().expect("an object").clone();
        add.as_object_mut().expect("an object").extend(more);
        json!({ "add": add })
    }

    fn input_at(
        wanted: &Value,
        zone: &str,
        due: &str,
        file: Option<&StagedFile>,
    ) -> Result<Value, String> {
        let prepared = prepare(wanted, false).expect("a task");
        let due = due.parse().expect("a time");
        let moment = Moment {
            due,
            now: due,
            zone: &TimeZone::get(zone).expect("a zone"),
            file,
        };
        let input = task(wanted).input_at(&prepared, moment);
        input.map_err(|error| error.to_string())
    }

    #[test]
    fn an_export_has_a_file_of_its_own_each_time() {
        let wanted = json!({ "export": { "business": "member_import" } });
        let prepared = prepare(&wanted, false).expect("a task");
        assert_eq!(
            (prepared.name.as_str(), prepared.task_type),
            (EXPORT, TaskType::Export)
        );
        let input = input_at(&wanted, "UTC", "2026-01-31T08:30:00Z", None).expect("an input");
        assert_eq!(input["file_name"], "member_import-20260131-083000.csv");
        let input: ExportInput = serde_json::from_value(input).expect("an input");
        assert!(!input.columns.is_empty());
    }

    #[test]
    fn a_task_of_a_service_has_the_same_input_each_time() {
        let prepared = prepare(&add(&json!({})), false).expect("a task");
        assert_eq!(
            (prepared.name.as_str(), &prepared.input),
            ("mailer", &json!({ "n": 1 }))
        );
    }

    #[test]
    fn an_evaluation_is_of_the_month_before_the_one_in_which_it_is_due() {
        let wanted = json!({ "evaluate": {} });
        assert_eq!(prepare(&wanted, false).expect("a task").name, EVALUATION);
        // In Shanghai it is the first of February by then, and in London the last of January.
        for (zone, period) in [("Asia/Shanghai", "2026-01"), ("Europe/London", "2025-12")] {
            let input = input_at(&wanted, zone, "2026-01-31T18:00:00Z", None).expect("an input");
            assert_eq!(input["period"], period);
        }
    }

    #[test]
    fn a_late_evaluation_is_of_the_month_in_which_it_was_due() {
        let wanted = json!({ "evaluate": {} });
        let prepared = prepare(&wanted, false).expect("a task");
        let due: Timestamp = "2026-01-31T18:00:00Z".parse().expect("a time");
        let moment = Moment {
            due,
            now: due + jiff::SignedDuration::from_hours(24 * 40),
            zone: &TimeZone::get("Asia/Shanghai").expect("a zone"),
            file: None,
        };
        let input = task(&wanted).input_at(&prepared, moment);
        assert_eq!(input.expect("an input")["period"], "2026-01");
    }

    #[test]
    fn a_reconciliation_is_of_the_months_up_to_the_one_in_which_it_is_due() {
        let wanted = json!({ "reconcile": { "months": 3 } });
        assert_eq!(
            prepare(&wanted, false).expect("a task").name,
            RECONCILIATION
        );
        let input = input_at(&wanted, "Asia/Shanghai", "2026-01-31T18:00:00Z", None);
        let months = input.expect("an input");
        assert_eq!(months, json!({ "from": "2025-12", "to": "2026-02" }));
    }

    #[test]
    fn an_export_of_orders_is_of_the_days_before_the_one_on_which_it_is_due() {
        let wanted = json!({ "orders": { "by": "receive_date", "days": 7, "status": "paid" } });
        assert_eq!(prepare(&wanted, false).expect("a task").name, ORDER_EXPORT);
        let input = input_at(&wanted, "Asia/Shanghai", "2026-01-31T18:00:00Z", None);
        let input = input.expect("an input");
        let days = json!({ "receive_date": { "from": "2026-01-25", "to": "2026-01-31" } });
        assert_eq!(input["filter"]["period"], days);
        assert_eq!(input["filter"]["status"], "paid");
        let name = input["file_name"].as_str().expect("a name");
        assert!(name.contains("-20260131-180000."), "{name}");
    }

    #[test]
    fn a_mailing_sends_the_version_that_is_the_latest_then() {
        let audience = json!({ "business": "member_import", "filter": { "name": "Ann" } });
        let rows =
            json!({ "mail": { "template": "news", "language": "en", "audience": audience } });
        let prepared = prepare(&rows, false).expect("a task");
        assert_eq!(prepared.name, MAILING);
        assert!(
            prepared.input.get("version").is_none(),
            "{}",
            prepared.input
        );
        let list = json!({ "object_key": "inbox/demo/.staged/friends.csv" });
        let list = json!({ "mail": { "template": "news", "language": "en", "audience": list } });
        let input = input_at(&list, "UTC", "2026-01-31T18:00:00Z", None).expect("an input");
        let key = &input["audience"]["list"]["object_key"];
        assert_eq!(key, "inbox/demo/.staged/friends.csv");
    }

    #[test]
    fn an_import_is_of_the_version_of_the_file_that_is_there_then() {
        let wanted = json!({ "import": { "business": "member_import",
            "object_key": "inbox/demo/.staged/new/members.csv", "options": { "on_duplicate": "skip" } } });
        assert_eq!(prepare(&wanted, false).expect("a task").name, IMPORT);
        let at = "2026-01-31T18:00:00Z";
        let nothing = input_at(&wanted, "UTC", at, None).expect_err("no file");
        assert_eq!(
            nothing,
            "there is no file inbox/demo/.staged/new/members.csv"
        );
        let file = StagedFile {
            etag: "e".to_owned(),
            version_id: Some("v".to_owned()),
            size_bytes: 7,
        };
        let input = input_at(&wanted, "UTC", at, Some(&file)).expect("an input");
        let of_file = |name: &str| input[name].clone();
        assert_eq!(
            ["etag", "version_id", "size_bytes", "file_name"].map(of_file),
            [json!("e"), json!("v"), json!(7), json!("new/members.csv")]
        );
        assert_eq!(input["options"]["on_duplicate"], "skip");
    }

    #[test]
    fn values_of_sensitive_columns_are_hidden() {
        let audience = json!({ "business": "member_import", "filter": { "phone": "13812345678" } });
        for wanted in [
            json!({ "mail": { "template": "news", "language": "en", "audience": audience } }),
            json!({ "export": { "business": "member_import", "filter": { "phone": "13812345678" } } }),
            json!({ "orders": { "by": "order_date", "days": 1, "search_text": "13812345678" } }),
        ] {
            let prepared = prepare(&wanted, true).expect("a task");
            let mut shown = wanted.clone();
            ScheduledTask::hide_sensitive(&mut shown, &prepared);
            assert!(!shown.to_string().contains("13812345678"), "{shown}");
        }
    }

    #[test]
    fn what_would_be_refused_at_its_time_is_refused_when_it_is_set() {
        let mail = |audience: Value| json!({ "mail": { "template": "news", "language": "en", "audience": audience } });
        let import = |more: Value| {
            let mut import =
                json!({ "business": "member_import", "object_key": "inbox/demo/.staged/m.csv" });
            let more = more.as_object().expect("an object").clone();
            import.as_object_mut().expect("an object").extend(more);
            json!({ "import": import })
        };
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
            (json!({ "reconcile": { "months": 0 } }), "months: 1 to"),
            (
                json!({ "orders": { "by": "order_date", "days": 0 } }),
                "end_date: must not be before start_date",
            ),
            (
                json!({ "orders": { "by": "order_date", "days": 400 } }),
                "the period has 400 days",
            ),
            (
                import(json!({ "business": "nothing" })),
                "`nothing` is not a known business",
            ),
            (
                import(json!({ "object_key": "inbox/other/.staged/m.csv" })),
                "inbox/demo/.staged/<name>",
            ),
            (
                import(json!({ "object_key": "inbox/demo/member_import/m.csv" })),
                "inbox/demo/.staged/<name>",
            ),
            (
                import(json!({ "options": { "notify": true } })),
                "options.notify: leave it out",
            ),
            (
                import(json!({ "options": { "mapping": { "colour": "A" } } })),
                "colour",
            ),
            (
                mail(json!({ "addresses": [{ "address": "a@example.com" }] })),
                "addresses are for one mailing",
            ),
            (
                mail(json!({ "business": "score_import" })),
                "no column with e-mail addresses",
            ),
            (
                mail(json!({ "business": "member_import", "filter": { "phone": "1" } })),
                "`phone` is sensitive",
            ),
            (
                mail(json!({ "object_key": "uploads/demo/1/m.csv" })),
                "inbox/demo/.staged/<name>",
            ),
        ] {
            let problem = prepare(&wrong, false).expect_err(words).to_string();
            assert!(problem.contains(words), "{problem}");
        }
    }
}
