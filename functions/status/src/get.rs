//! `GET /task/get`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_core::api::{Code, Refusal, TaskView};
use sluice_core::ids::{TaskId, TaskRef, UserTaskId};
use sluice_core::object_key;
use sluice_core::task::Task;
use sluice_lambda::http::{Scope, caller, internal, parsed_parameter};

use crate::Status;

impl Status {
    /// One task by `task_id` or `user_task_id`. If some of its rows failed, its result has a
    /// link to them.
    pub(crate) async fn get(&self, request: &ApiGatewayV2httpRequest) -> Result<TaskView, Refusal> {
        let station_id = caller(request, Scope::Read)?;
        let task_id: Option<TaskId> = parsed_parameter(request, "task_id")?;
        let user_task_id: Option<UserTaskId> = parsed_parameter(request, "user_task_id")?;
        let task = match (task_id, user_task_id) {
            (Some(task_id), None) => {
                self.tasks
                    .get(&TaskRef {
                        station_id,
                        task_id,
                    })
                    .await
            }
            (None, Some(id)) => self.tasks.get_by_user_id(&station_id, &id).await,
            _ => {
                let msg = "name the task by either task_id or user_task_id";
                return Err(Refusal::bad_input(msg));
            }
        };
        let task = task.map_err(internal)?;
        let mut task = task.ok_or_else(|| Refusal::new(Code::NotFound, "no such task"))?;
        self.link_failed_rows(&mut task).await?;
        Ok(task.into())
    }

    async fn link_failed_rows(&self, task: &mut Task) -> Result<(), Refusal> {
        // The key is made from the task itself: nobody can make it name another one's object.
        let key = object_key::failed_rows(&task.reference());
        let result = task
            .result
            .as_mut()
            .and_then(|result| result.as_object_mut());
        if let Some(result) = result.filter(|result| result.contains_key("failed_rows")) {
            let url = self.objects.link(&key).await.map_err(internal)?;
            result.insert("failed_rows_url".to_owned(), url.into());
        }
        Ok(())
    }
}
