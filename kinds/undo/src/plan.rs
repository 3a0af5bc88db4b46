//! Planning an undo: one segment for each chunk of the import.

use sluice_kind::OfKind;
use std::time::Duration;

use async_trait::async_trait;
use sluice_aws::{Objects, Settings, TaskStore};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;
use sluice_definition::OnDuplicate;
use sluice_engine::{BoxError, Cut, CutTask, Segments};
use sluice_import::ImportPlan;
use sluice_lambda::Init;
use sluice_task::Task;
use sluice_task::manifest::Manifest;
use sluice_undo::{UndoInput, UndoPlan};

/// Plans undos.
#[derive(Debug)]
pub(crate) struct PlanUndo {
    tasks: TaskStore,
    objects: Objects,
    /// How long a worker may be busy with a chunk of an import.
    worker_time: Duration,
}

impl PlanUndo {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            tasks: TaskStore::new(init.clients, settings.required("TASKS_TABLE")?),
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            worker_time: Duration::from_secs(settings.parsed("WORKER_SECONDS")?),
        })
    }

    /// Whether the file that an import read is there as it was.
    async fn has_file(&self, plan: &ImportPlan) -> Result<bool, BoxError> {
        let version_id = plan.version_id.as_deref();
        let head = self.objects.head_version(&plan.object_key, version_id);
        Ok(head.await?.is_some_and(|head| head.etag == plan.etag))
    }

    /// Marks an import as being undone by a task: from here on it is neither retried nor corrected. What was
    /// done with it just before is looked at once more. The reason if it cannot be undone; the end of a task
    /// that has not begun takes the mark away.
    async fn take_hold(
        &self,
        import: &TaskRef,
        task: &Task,
    ) -> Result<Result<(), String>, BoxError> {
        let is_marked = self.tasks.begin_undo(import, task).await?;
        let Some(now) = self.tasks.get(import).await? else {
            return Ok(Err(sluice_undo::changed_since(import.task_id)));
        };
        if !is_marked {
            let reason = now.kind().undo_refusal(&now);
            return Ok(Err(
                reason.unwrap_or_else(|| sluice_undo::changed_since(import.task_id))
            ));
        }
        let corrections = self.tasks.corrections_of(&now).await?;
        if let Some(reason) = sluice_undo::corrections_first(&now, &corrections) {
            return Ok(Err(reason));
        }
        if self.tasks.may_be_busy(&now, self.worker_time).await? {
            return Ok(Err(sluice_undo::still_busy(
                import.task_id,
                self.worker_time,
            )));
        }
        Ok(Ok(()))
    }
}

#[async_trait]
impl CutTask for PlanUndo {
    async fn cut(&self, task: &Task) -> Result<Cut, BoxError> {
        let refused = |reason: String| Ok(Cut::Refused(reason));
        let input: UndoInput = serde_json::from_value(task.input.clone())?;
        let import = TaskRef {
            task_id: input.task_id,
            ..task.reference()
        };
        let Some(imported) = self.tasks.get(&import).await? else {
            return refused(format!("task {} is not there any more", import.task_id));
        };
        if let Some(reason) = imported.kind().undo_refusal(&imported) {
            return refused(reason);
        }
        // It was retried meanwhile: what is said of the undo does not hold.
        if imported.chunks.rows.succeeded != input.rows {
            return refused(sluice_undo::changed_since(import.task_id));
        }
        let manifests: Vec<Manifest> = self
            .objects
            .get_all_json(&object_key::manifests(&import))
            .await?;
        let Some(manifest) = Manifest::merge(manifests) else {
            return refused(sluice_undo::plan_expired(import.task_id));
        };
        let plan: ImportPlan = manifest.plan.read()?;
        // The record has lost this where the import has no result.
        if plan.on_duplicate == OnDuplicate::Overwrite && !plan.undoable {
            return refused(sluice_undo::no_copies(import.task_id));
        }
        if !self.has_file(&plan).await? {
            return refused(sluice_undo::file_expired(import.task_id));
        }
        if !input.dry_run
            && let Err(reason) = self.take_hold(&import, task).await?
        {
            return refused(reason);
        }
        let plan = UndoPlan {
            import: plan,
            counts_only: input.dry_run,
            deferred_images: deferred_images(&imported),
        };
        let chunks = manifest.chunks.len() as u32;
        Ok(Cut::Into(Segments::numbered(chunks, &plan)?))
    }
}

/// How many objects the import has counted that say what rows have replaced that waited for its end.
fn deferred_images(import: &Task) -> u64 {
    let result = import.result.as_ref();
    let counted = result.and_then(|result| result[sluice_undo::DEFERRED_IMAGES].as_u64());
    counted.unwrap_or_default()
}
