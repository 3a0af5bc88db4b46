//! Corrected files: a failed-rows file that comes back says of each row which import it is of, and
//! continues that import.

use std::collections::BTreeSet;

use sluice_basics::ids::{TaskId, TaskRef};
use sluice_basics::rows::MAX_ROW_BYTES;
use sluice_csv::{FieldReader, RecordContent, RecordReader};
use sluice_definition::Naming;
use sluice_definition::OnDuplicate;
use sluice_definition::reported::{ReportColumns, carries_report_names, restore};
use sluice_formats::{FoundHeader, Head};
use sluice_import::ImportInput;
use sluice_kind::Import;
use sluice_task::Task;

use crate::plan::{PlanImport, SplitError};

/// How many tasks the rows that are looked at may name: one for each file with rows that were
/// added by hand.
const MOST_TASKS: usize = 100;

/// Why a failed-rows file does not continue an import.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotContinued {
    #[error(
        "the column error_task says `{text}` in row {row}, which is no task: leave this column as \
         it is in the failed-rows file, and format it as text before it is saved"
    )]
    NoTask { row: u64, text: String },
    #[error(
        "the column error_row is missing, which says the rows of a failed-rows file: leave it as \
         it is; or delete the column error_task, too, and the file is imported as a new one"
    )]
    NoRows,
    #[error(
        "the rows are of task {0} in the column error_task, and there is no such import of a file \
         here"
    )]
    Unknown(TaskId),
    #[error(
        "the rows are of task {task}, an import of `{theirs}`, and this file came as `{ours}`: \
         send it as `{theirs}`"
    )]
    OtherBusiness {
        task: TaskId,
        theirs: String,
        ours: String,
    },
    #[error("the rows are of task {0}, which has not ended: send this file again when it has")]
    NotEnded(TaskId),
    #[error(
        "the rows are of task {0}, which is undone: delete the columns error_row and error_task, and the \
         file is imported as a new one"
    )]
    Undone(TaskId),
    #[error(
        "the rows are of more than one import, tasks {0} and {1} in the column error_task: send \
         them as one file each"
    )]
    Several(TaskId, TaskId),
}

impl PlanImport {
    /// The import that a file continues, if it is a failed-rows file whose first rows say one: the
    /// first of a chain of corrections. A task that has begun stays with what was found then.
    pub(crate) async fn continued(
        &self,
        task: &Task,
        header: &FoundHeader,
        head: &Head<'_>,
    ) -> Result<Result<Option<Task>, NotContinued>, SplitError> {
        // A dry run leaves no word of what it continues.
        if task.import.etag.is_some() && !is_dry_run(task) {
            return Ok(Ok(match task.import.continues {
                Some(root) => self.tasks.get(&in_station_of(task, root)).await?,
                None => None,
            }));
        }
        let Some(columns) = ReportColumns::find(&header.names) else {
            return Ok(Ok(None));
        };
        let ids = match named(&columns, header, head) {
            Ok(ids) => ids,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(first) = ids.first().copied() else {
            return Ok(Ok(None));
        };
        if !columns.say_rows() {
            return Ok(Err(NotContinued::NoRows));
        }
        let station = &task.station_id;
        let named = self
            .tasks
            .get_many(station, &Vec::from_iter(ids.clone()))
            .await?;
        let of_root = |task: &Task| task.import.continues.unwrap_or(task.task_id);
        let root = named
            .iter()
            .find(|other| other.task_id == first)
            .map(of_root);
        for id in ids {
            let Some(other) = named.iter().find(|other| other.task_id == id) else {
                return Ok(Err(NotContinued::Unknown(id)));
            };
            if let Err(refused) = may_continue(other, task) {
                return Ok(Err(refused));
            }
            if Some(of_root(other)) != root {
                return Ok(Err(NotContinued::Several(first, id)));
            }
        }
        let root = root.unwrap_or(first);
        Ok(match self.tasks.get(&in_station_of(task, root)).await? {
            Some(root) if root.import.is_undone() => Err(NotContinued::Undone(root.task_id)),
            Some(root) => may_continue(&root, task).map(|()| Some(root)),
            None => Err(NotContinued::Unknown(root)),
        })
    }
}

/// The tasks that the first rows name.
fn named(
    columns: &ReportColumns,
    header: &FoundHeader,
    head: &Head<'_>,
) -> Result<BTreeSet<TaskId>, NotContinued> {
    let mut records = RecordReader::new(header.dialect, header.data, MAX_ROW_BYTES);
    let mut fields = FieldReader::new(header.dialect);
    let mut ids = BTreeSet::new();
    records.push(&head.bytes[header.data.offset as usize..]);
    loop {
        let mut record = records.next_record();
        // What the head ends in may be cut off. A quote that is left open is told of later.
        if record.is_none() && head.at_end {
            record = records.finish().ok().flatten();
        }
        let Some(record) = record.filter(|_| ids.len() < MOST_TASKS) else {
            return Ok(ids);
        };
        if let RecordContent::Bytes(bytes) = record.content {
            let fields = fields.read(bytes);
            // Files that were joined have the header once more.
            if carries_report_names(&fields) {
                continue;
            }
            match columns.whence(|place| fields.get(place)).task {
                Ok(task) => ids.extend(task),
                Err(text) => {
                    let row = record.position.row;
                    return Err(NotContinued::NoTask { row, text });
                }
            }
        }
    }
}

fn may_continue(other: &Task, task: &Task) -> Result<(), NotContinued> {
    if Import::state(other).is_none() {
        return Err(NotContinued::Unknown(other.task_id));
    }
    if other.business_id != task.business_id {
        return Err(NotContinued::OtherBusiness {
            task: other.task_id,
            theirs: other.business_id.clone(),
            ours: task.business_id.clone(),
        });
    }
    if !other.status.has_ended() {
        return Err(NotContinued::NotEnded(other.task_id));
    }
    Ok(())
}

/// Another task of the same station.
pub(crate) fn in_station_of(task: &Task, task_id: TaskId) -> TaskRef {
    TaskRef {
        task_id,
        ..task.reference()
    }
}

/// What an import was asked to do with taken keys.
pub(crate) fn rule_of(task: &Task) -> Option<OnDuplicate> {
    let input: ImportInput = serde_json::from_value(task.input.clone()).ok()?;
    input.options.on_duplicate
}

/// Whether an import was asked to keep what it replaces.
pub(crate) fn is_undoable(task: &Task) -> bool {
    let input = serde_json::from_value::<ImportInput>(task.input.clone());
    input.is_ok_and(|input| input.options.undoable)
}

fn is_dry_run(task: &Task) -> bool {
    let input = serde_json::from_value::<ImportInput>(task.input.clone());
    input.is_ok_and(|input| input.options.dry_run)
}

/// How the fields of an import's file were named.
pub(crate) fn naming_of(task: &Task) -> Naming {
    let input = serde_json::from_value::<ImportInput>(task.input.clone());
    input.map_or_else(|_| Naming::default(), |input| input.options.naming())
}

/// The names as the first file had them: without the marks of a report, and without those fields
/// that a spreadsheet adds when some row has more fields than the header.
pub(crate) fn original_header(mut names: Vec<String>) -> Vec<String> {
    while names.last().is_some_and(|name| name.trim().is_empty()) {
        names.pop();
    }
    names
        .iter()
        .map(|name| restore(name).into_owned())
        .collect()
}
