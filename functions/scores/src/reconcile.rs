//! `POST /score/reconcile`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{ReconcileRequest, Refusal, ScoreTaskAnswer};
use sluice_kind::RECONCILIATION;
use sluice_lambda::check_start;
use sluice_lambda::http::{Scope, caller, internal, json_body};
use sluice_scores::{MOST_RECONCILED_MONTHS, MonthRange, ReconcileInput};
use sluice_task::start_at::MOST_AHEAD;

use crate::Scores;
use crate::begin::Asked;

impl Scores {
    /// Makes a task that compares sums with their entries. Asking again with the same `user_task_id` gives the
    /// same task.
    pub(crate) async fn reconcile(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<ScoreTaskAnswer, Refusal> {
        let station_id = caller(request, Scope::Evaluate)?;
        let wanted: ReconcileRequest = json_body(request)?;
        let (id, start_at) = (wanted.user_task_id.as_ref(), wanted.start_at);
        check_start(&self.tasks, &station_id, id, start_at, MOST_AHEAD).await?;
        let months = MonthRange::new(wanted.from, wanted.to, MOST_RECONCILED_MONTHS);
        let months = months.map_err(|error| Refusal::bad_input(error.to_string()))?;
        let asked = Asked {
            name: RECONCILIATION,
            business: &self.tables.entries,
            user_task_id: wanted.user_task_id.clone(),
            start_at,
            request: serde_json::to_string(&wanted).map_err(internal)?,
            input: serde_json::to_value(ReconcileInput { months }).map_err(internal)?,
        };
        self.begin(request, station_id, asked).await
    }
}
