//! Making the tasks that work on scores.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::Timestamp;
use serde_json::Value;
use sluice_api::{Refusal, ScoreTaskAnswer};
use sluice_aws::{Admission, NewTask};
use sluice_basics::fingerprint;
use sluice_basics::ids::{StationId, UserTaskId};
use sluice_definition::Definition;
use sluice_lambda::http::{actor, internal};
use sluice_lambda::task_of;
use sluice_task::TaskType;

use crate::Scores;

/// What a task is to do.
pub(crate) struct Asked<'a> {
    /// The handler's name.
    pub(crate) name: &'static str,
    /// Whose rows it is about.
    pub(crate) business: &'a Definition,
    /// The caller's own id.
    pub(crate) user_task_id: Option<UserTaskId>,
    /// When it is to begin, if not at once.
    pub(crate) start_at: Option<Timestamp>,
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
            start_at: asked.start_at,
        };
        let added = self.starter.start(&new, |_| asked.input.clone()).await;
        let task = task_of(added.map_err(internal)?, || limits.no_room())?;
        Ok(ScoreTaskAnswer {
            task_id: task.task_id,
            user_task_id: task.user_task_id,
            task_url: format!("/task/get?task_id={}", task.task_id),
        })
    }
}
