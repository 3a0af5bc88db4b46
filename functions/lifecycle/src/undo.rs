//! `POST /task/undo`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Refusal, TaskView, UndoRequest};
use sluice_aws::{Added, Admission, NewTask};
use sluice_basics::fingerprint;
use sluice_basics::object_key;
use sluice_definition::Definition;
use sluice_import::ImportInput;
use sluice_kind::OfKind;
use sluice_kind::UNDO;
use sluice_lambda::http::{Scope, actor, caller, internal, json_body};
use sluice_lambda::{check_start, task_of};
use sluice_task::estimate::Estimate;
use sluice_task::start_at::MOST_AHEAD_OF_FILE;
use sluice_task::{Task, TaskType};
use sluice_undo::{NOT_TAKEN_BACK, UndoInput};

use crate::Lifecycle;

impl Lifecycle {
    /// Makes a task that takes back what an import stored, or counts what it would. Asking again with the same
    /// `user_task_id` gives the same task.
    pub(crate) async fn undo(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskView, Refusal> {
        let station_id = caller(request, Scope::Write)?;
        let wanted: UndoRequest = json_body(request)?;
        let (id, start_at) = (wanted.user_task_id.as_ref(), wanted.start_at);
        check_start(&self.tasks, &station_id, id, start_at, MOST_AHEAD_OF_FILE).await?;
        let import = self.task(station_id.clone(), wanted.task_id).await?;
        let asked = serde_json::to_string(&wanted).map_err(internal)?;
        let limits = self.limits.of(&station_id).await.map_err(internal)?;
        let new = NewTask {
            station_id: station_id.clone(),
            user_task_id: wanted.user_task_id.clone(),
            name: UNDO.to_owned(),
            business_id: import.business_id.clone(),
            business_name: import.business_name.clone(),
            task_type: TaskType::Process,
            created_by: actor(request),
            repeat: wanted.dry_run,
            // Of two undos of an import one waits for the other, and finds it undone. Counting changes
            // nothing.
            work: (!wanted.dry_run).then(|| sluice_undo::work_of(wanted.task_id)),
            fingerprint: fingerprint(asked.as_bytes()),
            admission: Admission::Below(limits.max_running_imports),
            start_at: wanted.start_at,
        };
        // Who asks again gets the task that is there, although the import is undone by now.
        let id = new.user_task_id.as_ref();
        let before = self.tasks.asked_before(&station_id, id, &new.fingerprint);
        if let Some(added) = before.await.map_err(internal)? {
            return Ok(task_of(added, || limits.no_room())?.into());
        }
        let definition = self.may_be_undone(&import).await?;
        let input = self.input(&import, definition, &wanted)?;
        let input = serde_json::to_value(&input).map_err(internal)?;
        let added = self.starter.start(&new, |_| input.clone()).await;
        match added.map_err(internal)? {
            Added::Equal(equal) => Err(Refusal::conflict(sluice_undo::undone_already(
                import.task_id,
                &equal,
            ))),
            added => Ok(task_of(added, || limits.no_room())?.into()),
        }
    }

    /// The definition of an import's rows. A refusal if it cannot be undone.
    async fn may_be_undone(&self, import: &Task) -> Result<&Definition, Refusal> {
        if let Some(reason) = import.kind().undo_refusal(import) {
            return Err(Refusal::conflict(reason));
        }
        let corrections = self.tasks.corrections_of(import).await.map_err(internal)?;
        if let Some(reason) = sluice_undo::corrections_first(import, &corrections) {
            return Err(Refusal::conflict(reason));
        }
        let import_id = import.task_id;
        let object = import.kind().object(import).map_err(internal)?;
        if let Some(object) = object {
            let version_id = object.version_id.as_deref();
            let head = self.objects.head_version(&object.key, version_id).await;
            if head.map_err(internal)?.is_none() {
                return Err(Refusal::conflict(sluice_undo::file_expired(import_id)));
            }
        }
        let plans = object_key::manifests(&import.reference());
        if self
            .objects
            .list(&plans)
            .await
            .map_err(internal)?
            .is_empty()
        {
            return Err(Refusal::conflict(sluice_undo::plan_expired(import_id)));
        }
        let is_busy = self.tasks.may_be_busy(import, self.worker_time).await;
        if is_busy.map_err(internal)? {
            let reason = sluice_undo::still_busy(import_id, self.worker_time);
            return Err(Refusal::conflict(reason));
        }
        let business = import.business_id.parse().map_err(internal)?;
        let definition = self.catalog.get(&business);
        // A refusal was made above if there is none.
        definition.ok_or_else(Refusal::no_such_task)
    }

    fn input(
        &self,
        import: &Task,
        definition: &Definition,
        wanted: &UndoRequest,
    ) -> Result<UndoInput, Refusal> {
        let imported: ImportInput =
            serde_json::from_value(import.input.clone()).map_err(internal)?;
        let rows = import.chunks.rows.succeeded;
        let chunks = import.chunks.done.into();
        Ok(UndoInput {
            task_id: import.task_id,
            business: imported.business,
            file_name: imported.file_name,
            rows,
            dry_run: wanted.dry_run,
            estimate: Estimate::of_undo(definition, rows, chunks, &self.capacity),
            note: NOT_TAKEN_BACK.to_owned(),
        })
    }
}
