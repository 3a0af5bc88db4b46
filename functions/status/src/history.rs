//! `GET /task/history`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Refusal, TaskHistory};

use crate::Status;

impl Status {
    /// Who did what with a task, and when.
    pub(crate) async fn history(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskHistory, Refusal> {
        Ok(TaskHistory::of(&self.named_task(request).await?))
    }
}
