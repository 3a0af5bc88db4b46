//! The mail function: a station's templates of e-mails, mailings, and who gets none.

mod config;
mod preview;
mod send;
mod suppressions;
mod templates;
mod unsubscribe;

use async_trait::async_trait;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::{Error, LambdaEvent};
use sluice_api::{Code, Refusal};
use sluice_aws::{
    ImportLimits, MailTemplates, Mailings, Objects, Settings, StationConfigs, TaskStore,
};
use sluice_definition::Catalog;
use sluice_engine::Starter;
use sluice_lambda::http::respond;
use sluice_lambda::{Function, Init, Telemetry, Work};

use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Mail {
    templates: MailTemplates,
    mailings: Mailings,
    objects: Objects,
    tasks: TaskStore,
    starter: Starter,
    configs: StationConfigs,
    limits: ImportLimits,
    catalog: Catalog,
    sender: Option<String>,
    telemetry: Telemetry,
}

#[async_trait]
impl Function for Mail {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let config = Config::from_lookup(init.lookup)?;
        let limits = Settings::new(init.lookup).limits()?;
        Ok(Self {
            templates: MailTemplates::new(init.clients, config.mail_table.clone()),
            mailings: Mailings::new(init.clients, config.mail_table),
            objects: Objects::new(init.clients, config.files_bucket),
            tasks: TaskStore::new(init.clients, config.tasks_table.clone()),
            starter: Starter::new(init)?,
            configs: StationConfigs::new(init.clients, config.tasks_table.clone()),
            limits: ImportLimits::new(init.clients, config.tasks_table, limits),
            catalog: Catalog::load()?,
            sender: config.sender,
            telemetry: init.telemetry.clone(),
        })
    }

    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let work = Work::invocation("mail", &event.context);
        let answer = Box::pin(self.answer(event.payload));
        Ok(self.telemetry.watch(work, answer, |_| false).await)
    }
}

impl Mail {
    async fn answer(&self, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
        let method = request.request_context.http.method.as_str();
        match (method, request.raw_path.as_deref()) {
            ("GET", Some("/mail/templates")) => respond(self.list_templates(&request).await),
            ("GET", Some("/mail/template")) => respond(self.get_template(&request).await),
            ("PUT", Some("/mail/template")) => respond(self.put_template(&request).await),
            ("POST", Some("/mail/preview")) => respond(self.preview(&request).await),
            ("POST", Some("/mail/send")) => respond(Box::pin(self.send(&request)).await),
            ("GET", Some("/mail/suppressions")) => respond(self.list_suppressions(&request).await),
            ("PUT", Some("/mail/suppression")) => respond(self.put_suppression(&request).await),
            ("GET", Some("/mail/unsubscribe")) => self.unsubscribe_page(&request).await,
            ("POST", Some("/mail/unsubscribe")) => self.unsubscribe(&request).await,
            _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
        }
    }
}
