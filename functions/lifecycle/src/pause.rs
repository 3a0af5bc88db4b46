//! `POST /task/pause`, `POST /task/resume`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Refusal, TaskRequest, TaskView};
use sluice_kind::OfKind;
use sluice_lambda::http::{Scope, actor, caller, internal, json_body};
use sluice_task::Task;
use sluice_task::message::SplitMessage;

use crate::Lifecycle;

impl Lifecycle {
    /// Pauses a task that Sluice does itself: chunks that have begun are done, and no other begins. Asking again is
    /// fine.
    pub(crate) async fn pause(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskView, Refusal> {
        let (task, by) = (self.task_to_pause(request).await?, actor(request));
        let reference = task.reference();
        if !task.chunks.paused
            && !self
                .tasks
                .pause(&task, by.as_ref())
                .await
                .map_err(internal)?
        {
            let now = self.task(reference.station_id, reference.task_id).await?;
            return Err(Refusal::conflict(cannot_be_paused(&now)));
        }
        let now = self.task(reference.station_id, reference.task_id).await?;
        Ok(now.into())
    }

    /// Lets a paused task go on. Asking again is fine, and sets it going if the first request ended before it
    /// did.
    pub(crate) async fn resume(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskView, Refusal> {
        let (task, by) = (self.task_to_pause(request).await?, actor(request));
        let reference = task.reference();
        let resumed = self.tasks.resume(&task, by.as_ref()).await;
        let was_paused = resumed.map_err(internal)?;
        // The first request may have ended before it did this.
        if was_paused || task.chunks.total.is_some() {
            self.go_on(&task).await?;
        }
        let now = self.task(reference.station_id, reference.task_id).await?;
        Ok(now.into())
    }

    /// Has the planner send what a task waits for. Should this not arrive, the sweeper does it.
    pub(crate) async fn go_on(&self, task: &Task) -> Result<(), Refusal> {
        let message = SplitMessage::go_on(task.reference());
        let sent = self.uploads.send(&task.station_id, &[message]).await;
        sent.map_err(internal)
    }

    async fn task_to_pause(&self, request: &ApiGatewayV2httpRequest) -> Result<Task, Refusal> {
        let station_id = caller(request, Scope::Write)?;
        let TaskRequest { task_id } = json_body(request)?;
        let task = self.task(station_id, task_id).await?;
        if !task.kind().has_chunks() {
            return Err(Refusal::conflict(format!(
                "a service runs task {task_id}, and it alone can pause its work"
            )));
        }
        if task.status.has_ended() || task.chunks.stopping {
            return Err(Refusal::conflict(cannot_be_paused(&task)));
        }
        Ok(task)
    }
}

fn cannot_be_paused(task: &Task) -> String {
    let task_id = task.task_id;
    if task.status.has_ended() {
        format!("task {task_id} has ended already ({})", task.status)
    } else if task.chunks.stopping {
        format!("task {task_id} is being cancelled: it cannot be paused")
    } else {
        format!("all parts of task {task_id} are done: it is about to end")
    }
}
