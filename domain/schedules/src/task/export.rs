//! An export that a schedule starts.

use serde_json::Value;
use sluice_api::ExportRequest;
use sluice_export::{ExportInput, exported, file_name};
use sluice_kind::EXPORT;
use sluice_task::TaskType;

use super::{Circumstances, Moment, PreparedTask, TaskProblem};

/// Makes it ready. It keeps the columns that whoever sets it may see.
pub(super) fn prepare(
    wanted: &ExportRequest,
    now: &Circumstances<'_>,
) -> Result<PreparedTask, TaskProblem> {
    let definition = exported(now.catalog, &wanted.business)?;
    let input = ExportInput::of(
        definition,
        wanted,
        now.config,
        now.may_see_sensitive,
        now.now,
    )?;
    Ok(PreparedTask {
        name: EXPORT.to_owned(),
        business_id: wanted.business.to_string(),
        business_name: definition.title.clone(),
        task_type: TaskType::Export,
        input: serde_json::to_value(&input)?,
        work: None,
    })
}

/// The input of a run: its file is named by the time.
pub(super) fn input_at(
    wanted: &ExportRequest,
    prepared: &PreparedTask,
    moment: Moment<'_>,
) -> Value {
    let mut input = prepared.input.clone();
    input["file_name"] = file_name(&wanted.business, wanted.format, moment.now).into();
    input
}
