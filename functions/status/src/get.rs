//! `GET /task/get`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_core::api::{Refusal, TaskView};
use sluice_core::ids::{TaskId, TaskRef, UserTaskId};
use sluice_core::object_key;
use sluice_core::task::Task;
use sluice_lambda::http::{Scope, caller, internal, parsed_parameter};

use crate::Status;

impl Status {
    /// One task by `task_id` or `user_task_id`. If some of its rows failed, its result has a
    /// link to them.
    pub(crate) async fn get(&self, request: &ApiGatewayV2httpRequest) -> Result<TaskView, Refusal> {
        let mut task = self.named_task(request).await?;
        self.link_failed_rows(&mut task).await?;
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

    async fn link_failed_rows(&self, task: &mut Task) -> Result<(), Refusal> {
        if !has_failed_rows(task) {
            return Ok(());
        }
        // The key is made from the task itself: nobody can make it name another one's object.
        let key = object_key::failed_rows(&task.reference());
        let url = self.objects.link(&key).await.map_err(internal)?;
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
    task.is_file_import() && result.is_some_and(|result| result.contains_key("failed_rows"))
}
