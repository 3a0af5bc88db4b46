//! `POST /score/evaluate`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::Timestamp;
use sluice_api::{EvaluateRequest, Refusal, ScoreTaskAnswer};
use sluice_kind::EVALUATION;
use sluice_lambda::check_start;
use sluice_lambda::http::{Scope, caller, internal, json_body};
use sluice_scores::{EvaluationInput, end_of_period};
use sluice_task::start_at::MOST_AHEAD;

use crate::Scores;
use crate::begin::Asked;

impl Scores {
    /// Makes a task that decides about tiers, coupons and rewards. Asking again with the same `user_task_id` gives
    /// the same task.
    pub(crate) async fn evaluate(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<ScoreTaskAnswer, Refusal> {
        let station_id = caller(request, Scope::Evaluate)?;
        let wanted: EvaluateRequest = json_body(request)?;
        let (id, start_at) = (wanted.user_task_id.as_ref(), wanted.start_at);
        check_start(&self.tasks, &station_id, id, start_at, MOST_AHEAD).await?;
        let config = self.configs.latest(&station_id).await.map_err(internal)?;
        let zone = config.time_zone.zone();
        let begins = start_at.unwrap_or_else(Timestamp::now);
        let ends_at = end_of_period(wanted.period, zone, begins, wanted.dry_run);
        let ends_at = ends_at.map_err(|error| Refusal::bad_input(error.to_string()))?;
        // A task that the caller has made already does not hinder itself.
        let before = match &wanted.user_task_id {
            Some(id) => self
                .tasks
                .get_by_user_id(&station_id, id)
                .await
                .map_err(internal)?,
            None => None,
        };
        if before.is_none() {
            let hindrance = self.evaluations.hindrance(&station_id, wanted.period).await;
            if let Some(taken) = hindrance.map_err(internal)? {
                return Err(Refusal::conflict(taken.to_string()));
            }
        }
        let input = EvaluationInput {
            period: wanted.period,
            dry_run: wanted.dry_run,
            ends_at,
        };
        let asked = Asked {
            name: EVALUATION,
            business: &self.tables.members,
            user_task_id: wanted.user_task_id.clone(),
            start_at,
            request: serde_json::to_string(&wanted).map_err(internal)?,
            input: serde_json::to_value(input).map_err(internal)?,
        };
        self.begin(request, station_id, asked).await
    }
}
