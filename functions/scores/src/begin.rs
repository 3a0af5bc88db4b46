//! Making the tasks that work on scores.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use serde_json::Value;
use sluice_aws::{Added, Admission, NewTask};
use sluice_core::api::{Code, Refusal, ScoreTaskAnswer};
use sluice_core::definition::Definition;
use sluice_core::ids::{StationId, UserTaskId};
use sluice_core::task::{Task, TaskType};
use sluice_core::{fingerprint, work};
use sluice_lambda::http::{actor, internal};

use crate::Scores;

/// What a task is to do.
pub(crate) struct Asked<'a> {
    /// The handler's name.
    pub(crate) name: &'static str,
    /// Whose rows it is about.
    pub(crate) business: &'a Definition,
    /// The caller's own id.
    pub(crate) user_task_id: Option<UserTaskId>,
    /// What the caller has asked for, as text.
    pub(crate) request: String,
    /// The task's input.
    pub(crate) input: Value,
}

impl Scores {
    /// Makes a task. Asking again with the same `user_task_id` gives the same task.
    pub(crate) async fn begin(
        &self,
        request: &ApiGatewayV2httpRequest,
        station_id: StationId,
        asked: Asked<'_>,
    ) -> Result<ScoreTaskAnswer, Refusal> {
        let limits = self.limits.of(&station_id).await.map_err(internal)?;
        let new = NewTask {
            created_by: actor(request),
            start_at: None,
            station_id,
            user_task_id: asked.user_task_id,
            name: asked.name.to_owned(),
            business_id: asked.business.business.to_string(),
            business_name: asked.business.title.clone(),
            task_type: TaskType::Process,
            // Entries may have changed since: nothing is the same work.
            repeat: true,
            work: None,
            fingerprint: fingerprint(asked.request.as_bytes()),
            admission: Admission::Below(limits.max_running_imports),
        };
        let added = self.starter.start(&new, |_| asked.input.clone()).await;
        match added.map_err(internal)? {
            Added::New(task) | Added::Before(task) => Ok(answer(&task)),
            Added::Conflict(task_id) => Err(Refusal::other_content(task_id)),
            Added::Equal(equal) => Err(Refusal::conflict(work::refusal(&equal))),
            Added::NoRoom => Err(Refusal::new(Code::TooMany, limits.no_room())),
            Added::Busy => Err(Refusal::busy()),
        }
    }
}

fn answer(task: &Task) -> ScoreTaskAnswer {
    ScoreTaskAnswer {
        task_id: task.task_id,
        user_task_id: task.user_task_id.clone(),
        task_url: format!("/task/get?task_id={}", task.task_id),
    }
}
