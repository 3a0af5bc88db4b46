//! An import that a schedule starts, of a file that lies in the station's inbox and waits for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sluice_basics::ids::BusinessId;
use sluice_basics::object_key;
use sluice_basics::text::Text;
use sluice_definition::Target;
use sluice_import::{ImportInput, ImportOptions};
use sluice_kind::IMPORT;
use sluice_task::TaskType;

use super::{Circumstances, Moment, NothingToDo, PreparedTask, TaskProblem};

/// An import of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledImport {
    /// Which definition reads the file.
    pub business: BusinessId,
    /// The file in the bucket: `inbox/<station>/.staged/<name>`. A run imports the version that lies there when it is
    /// due, and without `repeat` is left out if the run before imported the same.
    pub object_key: Text,
    /// Whether a file is imported although an earlier task has imported an equal one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
    /// How the file is read and what becomes of its rows.
    #[serde(default)]
    pub options: ImportOptions,
}

/// The version of a file that is there when a run is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedFile {
    /// Which content it has.
    pub etag: String,
    /// The id of the version.
    pub version_id: Option<String>,
    /// Its size.
    pub size_bytes: u64,
}

/// Makes it ready.
pub(super) fn prepare(
    wanted: &ScheduledImport,
    now: &Circumstances<'_>,
) -> Result<PreparedTask, TaskProblem> {
    let definition = now.catalog.get(&wanted.business).ok_or_else(|| {
        let known = now.catalog.names();
        TaskProblem::UnknownBusiness {
            business: wanted.business.clone(),
            known,
        }
    })?;
    let options = &wanted.options;
    if options.notify {
        return Err(TaskProblem::Notify);
    }
    if options.undoable && matches!(definition.target, Target::Endpoint(_)) {
        return Err(TaskProblem::CannotUndo(wanted.business.clone()));
    }
    options.naming().check(definition)?;
    let key = wanted.object_key.as_str();
    let file_name = object_key::staged_name(now.station, key)
        .ok_or_else(|| TaskProblem::NotStaged(now.station.clone()))?;
    Ok(PreparedTask {
        name: IMPORT.to_owned(),
        business_id: wanted.business.to_string(),
        business_name: definition.title.clone(),
        task_type: TaskType::Import,
        input: serde_json::to_value(ImportInput {
            business: wanted.business.clone(),
            file_name: file_name.to_owned(),
            size_bytes: 0,
            object_key: key.to_owned(),
            etag: None,
            version_id: None,
            options: options.clone(),
            notify: None,
        })?,
        work: None,
    })
}

/// The input of a run: the version of the file that is there now.
pub(super) fn input_at(
    wanted: &ScheduledImport,
    prepared: &PreparedTask,
    moment: Moment<'_>,
) -> Result<Value, NothingToDo> {
    let file = moment
        .file
        .ok_or_else(|| NothingToDo::NoFile(wanted.object_key.to_string()))?;
    let input: ImportInput = serde_json::from_value(prepared.input.clone())?;
    Ok(serde_json::to_value(ImportInput {
        size_bytes: file.size_bytes,
        etag: Some(file.etag.clone()),
        version_id: file.version_id.clone(),
        ..input
    })?)
}
