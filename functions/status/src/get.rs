//! `GET /task/get`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Refusal, TaskView};
use sluice_basics::ids::{TaskId, TaskRef, UserTaskId};
use sluice_basics::object_key;
use sluice_kind::OfKind;
use sluice_kind::{Import, UNDO};
use sluice_lambda::http::{Scope, caller, has_scope, internal, parsed_parameter};
use sluice_task::Task;

use crate::Status;

impl Status {
    /// One task by `task_id` or `user_task_id`. If some of its rows failed, its result has a
    /// link to them.
    pub(crate) async fn get(&self, request: &ApiGatewayV2httpRequest) -> Result<TaskView, Refusal> {
        let mut task = self.named_task(request).await?;
        self.link_failed_rows(&mut task).await?;
        self.link_file(&mut task, has_scope(request, Scope::Export))
            .await?;
        self.link_kept_rows(&mut task).await?;
        let mut views = self.views(vec![task]).await?;
        views.pop().ok_or_else(Refusal::no_such_task)
    }

    /// The task that a request names by either id.
    pub(crate) async fn named_task(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<Task, Refusal> {
        let station_id = caller(request, Scope::Read)?;
        let task_id: Option<TaskId> = parsed_parameter(request, "task_id")?;
        let user_task_id: Option<UserTaskId> = parsed_parameter(request, "user_task_id")?;
        let task = match (task_id, user_task_id) {
            (Some(task_id), None) => {
                let reference = TaskRef {
                    station_id,
                    task_id,
                };
                self.tasks.get(&reference).await
            }
            (None, Some(id)) => self.tasks.get_by_user_id(&station_id, &id).await,
            _ => {
                let msg = "name the task by either task_id or user_task_id";
                return Err(Refusal::bad_input(msg));
            }
        };
        task.map_err(internal)?.ok_or_else(Refusal::no_such_task)
    }

    /// Adds the link from which the file of a task is downloaded.
    /// A file with sensitive data, or whose rows were chosen by such, is for callers who may see these.
    async fn link_file(&self, task: &mut Task, may_see_sensitive: bool) -> Result<(), Refusal> {
        let Some(file) = task.kind().result_file(task) else {
            return Ok(());
        };
        let result = task.result.as_mut().and_then(|json| json.as_object_mut());
        let Some(result) = result else {
            return Ok(());
        };
        if file.is_sensitive && !may_see_sensitive {
            let why =
                "the file has sensitive data: it is linked for tokens with the scope data:export";
            result.insert("link_refused".to_owned(), why.into());
            return Ok(());
        }
        // The key is made from the task itself, as is that of failed rows.
        let link = self.objects.link(&file.key, &file.name).await;
        result.insert("link".to_owned(), link.map_err(internal)?.into());
        Ok(())
    }

    /// Adds the link from which the rows are downloaded that an undo has kept.
    async fn link_kept_rows(&self, task: &mut Task) -> Result<(), Refusal> {
        let reference = task.reference();
        let result = task.result.as_mut().and_then(|json| json.as_object_mut());
        let (true, Some(result)) = (task.name == UNDO, result) else {
            return Ok(());
        };
        if !result.contains_key("kept_rows") {
            return Ok(());
        }
        // The key is made from the task itself: nobody can make it name another one's object.
        let key = object_key::kept_rows(&reference);
        let source = task.input["file_name"].as_str().unwrap_or_default();
        let name = object_key::kept_rows_name(source);
        let url = self.objects.link(&key, &name).await.map_err(internal)?;
        result.insert("kept_rows_url".to_owned(), url.into());
        Ok(())
    }

    async fn link_failed_rows(&self, task: &mut Task) -> Result<(), Refusal> {
        if !has_failed_rows(task) {
            return Ok(());
        }
        // The key is made from the task itself: nobody can make it name another one's object.
        let key = object_key::failed_rows(&task.reference());
        let source = task.input["file_name"].as_str().unwrap_or_default();
        let name = object_key::failed_rows_name(source);
        let url = self.objects.link(&key, &name).await.map_err(internal)?;
        let result = task.result.as_mut().and_then(|json| json.as_object_mut());
        if let Some(result) = result {
            result.insert("failed_rows_url".to_owned(), url.into());
        }
        Ok(())
    }
}

/// Whether an import has a failed-rows file.
pub(crate) fn has_failed_rows(task: &Task) -> bool {
    let result = task.result.as_ref().and_then(|json| json.as_object());
    Import::state(task).is_some() && result.is_some_and(|result| result.contains_key("failed_rows"))
}
