//! Finishing an undo: what its chunks came to is added up, and the rows that are kept become one file.

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};
use sluice_aws::{AwsError, CSV, Objects, Settings};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;
use sluice_engine::{BoxError, CompleteTask, FinishTask, Finished};
use sluice_lambda::Init;
use sluice_task::TaskStatus;
use sluice_task::books::{ChunkReport, Ending, Trouble};
use sluice_undo::{UndoCounts, UndoInput, UndoneChunk, kept_rows_beginning};

/// Finishes undos.
#[derive(Debug)]
pub(crate) struct FinishUndo {
    objects: Objects,
}

#[derive(Debug, thiserror::Error)]
enum FinishError {
    #[error("the input or a marker of an undo cannot be read")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl FinishUndo {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
        })
    }

    async fn finish_undo(&self, complete: &CompleteTask<'_>) -> Result<Finished, FinishError> {
        let input: UndoInput = serde_json::from_value(complete.task.input.clone())?;
        let (counts, parts) = added_up(complete.reports)?;
        let mut result: Map<String, Json> = serde_json::from_value(json!({
            "deleted": counts.deleted,
            "restored": counts.restored,
            "kept": counts.kept,
            "gone": counts.gone,
            "note": input.note,
        }))?;
        if counts.uncounted > 0 {
            result.insert("uncounted".to_owned(), counts.uncounted.into());
        }
        if input.dry_run {
            result.insert("dry_run".to_owned(), true.into());
        }
        if !parts.is_empty() {
            let key = self.join(&complete.task.reference(), &parts).await?;
            result.insert("kept_rows".to_owned(), key.into());
        }
        Ok(Finished {
            estimate: Some(input.estimate),
            ..Finished::new(ending(&input, &counts, complete.trouble), result)
        })
    }

    /// Joins the lines of the chunks' kept rows.
    async fn join(&self, task: &TaskRef, parts: &[String]) -> Result<String, AwsError> {
        let key = object_key::kept_rows(task);
        let mut file = self.objects.writer(key.clone(), CSV);
        file.write(&kept_rows_beginning()).await?;
        for part in parts {
            file.write(&self.objects.get(part).await?).await?;
        }
        file.finish().await?;
        Ok(key)
    }
}

/// What the chunks of an undo came to, and their lines of kept rows in the order of the file.
fn added_up(reports: &[ChunkReport]) -> Result<(UndoCounts, Vec<String>), serde_json::Error> {
    let mut counts = UndoCounts::default();
    let mut parts = Vec::new();
    for of_kind in reports.iter().filter_map(|report| report.of_kind.clone()) {
        let chunk: UndoneChunk = serde_json::from_value(of_kind)?;
        counts += chunk.counts;
        parts.extend(chunk.kept_rows);
    }
    Ok((counts, parts))
}

/// How an undo ends. One after which every row is as it was before the import is finished.
fn ending(input: &UndoInput, counts: &UndoCounts, trouble: Option<&Trouble>) -> Ending {
    let import = input.task_id;
    let (reason, is_balanced) = match trouble {
        Some(Trouble::Missing(words)) => (Some(words.clone()), true),
        Some(Trouble::Unbalanced(words)) => (Some(words.clone()), false),
        None if counts.counted() != input.rows => {
            let reason = format!(
                "task {import} has stored {} rows by its books, and {} were found",
                input.rows,
                counts.counted()
            );
            (Some(reason), true)
        }
        None if counts.kept > 0 => {
            let reason = format!(
                "{} of {} rows {}: see the file of kept rows",
                counts.kept,
                counts.rows(),
                match (counts.kept, input.dry_run) {
                    (1, false) => "was changed since it was imported, and stays as it is",
                    (1, true) => "was changed since it was imported, and would stay as it is",
                    (_, false) => "were changed since they were imported, and stay as they are",
                    (_, true) =>
                        "were changed since they were imported, and would stay as they are",
                },
            );
            (Some(reason), true)
        }
        None => (None, true),
    };
    let status = match &reason {
        None => TaskStatus::Finished,
        Some(_) if is_balanced && counts.rows() > counts.kept => TaskStatus::PartlySucceeded,
        Some(_) => TaskStatus::Failed,
    };
    Ending { status, reason }
}

#[async_trait]
impl FinishTask for FinishUndo {
    async fn finish(&self, complete: CompleteTask<'_>) -> Result<Finished, BoxError> {
        match self.finish_undo(&complete).await {
            Ok(finished) => Ok(finished),
            Err(error) if complete.is_last_try => {
                let ending = Ending {
                    status: TaskStatus::PartlySucceeded,
                    reason: Some(format!(
                        "the result could not be made, again and again: {error}"
                    )),
                };
                Ok(Finished::new(ending, Map::new()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(rows: u64, dry_run: bool) -> UndoInput {
        serde_json::from_value(json!({
            "task_id": 7, "business": "member_import", "file_name": "m.csv", "rows": rows,
            "dry_run": dry_run, "note": "",
            "estimate": { "basis": "rows", "rows": 3, "seconds": 1, "write_units": 3, "dollars": 0.1 },
        }))
        .expect("an input")
    }

    fn counts(deleted: u64, kept: u64) -> UndoCounts {
        UndoCounts {
            deleted,
            kept,
            ..UndoCounts::default()
        }
    }

    #[test]
    fn an_undo_ends_by_what_became_of_the_rows() {
        use TaskStatus::{Failed, Finished, PartlySucceeded};
        let status = |counts: &UndoCounts| ending(&input(3, false), counts, None).status;
        assert_eq!(status(&counts(3, 0)), Finished);
        assert_eq!(status(&counts(2, 1)), PartlySucceeded);
        assert_eq!(status(&counts(0, 3)), Failed, "nothing was undone");
        let lost = Trouble::Missing("a chunk".to_owned());
        let ended = ending(&input(3, false), &counts(2, 0), Some(&lost));
        assert_eq!(ended.status, PartlySucceeded);
        let words = ending(&input(3, true), &counts(2, 1), None).reason;
        assert!(
            words.is_some_and(|words| words.starts_with("1 of 3 rows") && words.contains("would"))
        );
    }

    #[test]
    fn rows_that_are_missing_or_too_many_are_told() {
        let short = ending(&input(3, false), &counts(2, 0), None);
        let words = short.reason.expect("a reason");
        assert!(
            words.contains("3 rows by its books, and 2 were found"),
            "{words}"
        );
        let uncounted = UndoCounts {
            uncounted: 2,
            ..counts(5, 0)
        };
        assert_eq!(ending(&input(3, false), &uncounted, None).reason, None);
    }
}
