//! The scores function: shows the sums of members, and makes the tasks that work on sums.

mod actions;
mod begin;
mod evaluate;
mod reconcile;
mod sums;

use async_trait::async_trait;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::{Error, LambdaEvent};
use sluice_api::{Code, Refusal};
use sluice_aws::{
    Evaluations, ImportLimits, RowReader, ScoreActions, Settings, StationConfigs, Sums, TaskStore,
};
use sluice_definition::Catalog;
use sluice_engine::Starter;
use sluice_lambda::http::respond;
use sluice_lambda::{Function, Init, Telemetry, Work};
use sluice_scores::ScoreTables;

/// The longest sort key of DynamoDB, without the month before it and a character after it.
const MEMBER_BYTES: usize = 1024 - 9;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Scores {
    starter: Starter,
    tasks: TaskStore,
    configs: StationConfigs,
    evaluations: Evaluations,
    actions: ScoreActions,
    limits: ImportLimits,
    tables: ScoreTables,
    members: RowReader,
    sums: Sums,
    telemetry: Telemetry,
}

#[async_trait]
impl Function for Scores {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let settings = Settings::new(init.lookup);
        let tables = ScoreTables::of(&Catalog::load()?)?;
        let entries = settings.required("TABLE_SCORES")?;
        let sums_table = settings.required("SUMS_TABLE")?;
        let limits = settings.limits()?;
        let tasks = settings.required("TASKS_TABLE")?;
        let members = settings.required("TABLE_MEMBERS")?;
        let actions = settings.required("SCORE_ACTIONS_TABLE")?;
        Ok(Self {
            starter: Starter::new(init)?,
            tasks: TaskStore::new(init.clients, tasks.clone()),
            configs: StationConfigs::new(init.clients, tasks.clone()),
            evaluations: Evaluations::new(init.clients, tasks.clone()),
            actions: ScoreActions::new(init.clients, members.clone(), actions),
            limits: ImportLimits::new(init.clients, tasks, limits),
            members: RowReader::new(init.clients, members),
            sums: Sums::new(init.clients, &tables, entries, sums_table),
            tables,
            telemetry: init.telemetry.clone(),
        })
    }

    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let work = Work::invocation("scores", &event.context);
        let answer = Box::pin(self.answer(event.payload));
        Ok(self.telemetry.watch(work, answer, |_| false).await)
    }
}

impl Scores {
    async fn answer(&self, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
        match request.raw_path.as_deref() {
            Some("/score/sums") => respond(self.sums(&request).await),
            Some("/score/actions") => respond(Box::pin(self.actions(&request)).await),
            Some("/score/evaluate") => respond(Box::pin(self.evaluate(&request)).await),
            Some("/score/reconcile") => respond(self.reconcile(&request).await),
            _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
        }
    }
}

fn check_length(member_no: &str) -> Result<(), Refusal> {
    if member_no.len() <= MEMBER_BYTES {
        return Ok(());
    }
    let msg = format!("member_no: at most {MEMBER_BYTES} bytes are the number of a member");
    Err(Refusal::bad_input(msg))
}
