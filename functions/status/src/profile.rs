//! `GET /task/profile`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::Timestamp;
use sluice_api::{Refusal, TaskProfile};
use sluice_kind::OfKind;
use sluice_lambda::http::{internal, parsed_parameter};

use crate::Status;

impl Status {
    /// Where the time of a task went. Each chunk keeps its own times in its marker, and they are added up when
    /// somebody asks.
    pub(crate) async fn profile(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskProfile, Refusal> {
        let format = parsed_parameter(request, "format")?.unwrap_or_default();
        let task = self.named_task(request).await?;
        if !task.kind().has_chunks() {
            let msg = format!(
                "a service runs task {}: Sluice does not see where its time goes",
                task.task_id
            );
            return Err(Refusal::conflict(msg));
        }
        let reference = task.reference();
        let reports = self.tasks.chunk_reports(&reference, task.run_count).await;
        let reports = reports.map_err(internal)?;
        Ok(TaskProfile::of(&task, &reports, format, Timestamp::now()))
    }
}
