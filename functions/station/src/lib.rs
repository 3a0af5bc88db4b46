//! The station function: what a station sets for itself, what became of messages to its webhooks, and schedules.

mod config;
mod deliveries;
mod schedules;

use std::sync::Arc;

use async_trait::async_trait;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::{Error, LambdaEvent};
use sluice_api::{Code, ConfigAnswer, ConfigRequest, Refusal};
use sluice_aws::{
    MailTemplates, Objects, ScheduleStore, StationConfigs, WebhookSecrets, WebhookStore,
};
use sluice_basics::ids::StationId;
use sluice_basics::station::StationConfig;
use sluice_definition::Catalog;
use sluice_lambda::http::{Scope, caller, has_scope, internal, json_body, respond};
use sluice_lambda::{Function, Init};
use sluice_webhooks::{Reach, SentWebhook, SettledWebhooks, settle};

use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Station {
    configs: StationConfigs,
    webhooks: WebhookStore,
    secrets: WebhookSecrets,
    schedules: ScheduleStore,
    templates: MailTemplates,
    sends_mail: bool,
    objects: Objects,
    catalog: Catalog,
    reach: Reach,
}

impl Station {
    async fn get(&self, request: &ApiGatewayV2httpRequest) -> Result<ConfigAnswer, Refusal> {
        let station_id = caller(request, Scope::Read)?;
        let config = self.configs.latest(&station_id).await.map_err(internal)?;
        self.answer(request, &station_id, &config).await
    }

    async fn put(&self, request: &ApiGatewayV2httpRequest) -> Result<ConfigAnswer, Refusal> {
        let station_id = caller(request, Scope::Write)?;
        let sent: ConfigRequest = json_body(request)?;
        let now = self.configs.latest(&station_id).await.map_err(internal)?;
        let changed = sent.config(&now);
        let changed = changed.map_err(|error| Refusal::bad_input(error.to_string()))?;
        let webhooks = match &sent.webhooks {
            None => None,
            Some(webhooks) => Some(self.settle(request, &station_id, webhooks).await?),
        };
        let change = webhooks
            .map(|settled| self.webhooks.change(&self.secrets, &station_id, &settled))
            .transpose()
            .map_err(internal)?;
        let stored = self.configs.put(&station_id, &changed, change).await;
        let stored: Option<Arc<StationConfig>> = stored.map_err(internal)?;
        match stored {
            Some(config) => self.answer(request, &station_id, &config).await,
            None => Err(Refusal::conflict(format!(
                "version {} is not the latest any more: read the configuration again and make \
                 the change in that one",
                changed.version
            ))),
        }
    }

    /// What becomes of the station's webhooks.
    async fn settle(
        &self,
        request: &ApiGatewayV2httpRequest,
        station_id: &StationId,
        sent: &[SentWebhook],
    ) -> Result<SettledWebhooks, Refusal> {
        caller(request, Scope::Admin)?;
        let now = self.webhooks.of(station_id).await.map_err(internal)?;
        settle(&now, sent, self.reach).map_err(|error| Refusal::bad_input(error.to_string()))
    }

    /// Webhooks are shown to those alone who may set them: their addresses may have keys in them.
    async fn answer(
        &self,
        request: &ApiGatewayV2httpRequest,
        station_id: &StationId,
        config: &StationConfig,
    ) -> Result<ConfigAnswer, Refusal> {
        let webhooks = if has_scope(request, Scope::Admin) {
            Some(self.webhooks.of(station_id).await.map_err(internal)?)
        } else {
            None
        };
        Ok(ConfigAnswer::new(config, webhooks.as_ref()))
    }
}

#[async_trait]
impl Function for Station {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let config = Config::from_lookup(init.lookup)?;
        Ok(Self {
            configs: StationConfigs::new(init.clients, config.tasks_table.clone()),
            schedules: ScheduleStore::new(init.clients, config.tasks_table.clone()),
            templates: MailTemplates::new(init.clients, config.mail_table),
            sends_mail: config.sends_mail,
            objects: Objects::new(init.clients, config.files_bucket),
            catalog: Catalog::load()?,
            webhooks: WebhookStore::new(init.clients, config.tasks_table),
            secrets: WebhookSecrets::new(init.clients, config.webhook_secrets_table),
            reach: config.reach,
        })
    }

    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let request = event.payload;
        let method = request.request_context.http.method.as_str();
        let path = request.raw_path.as_deref().unwrap_or_default();
        Ok(match (method, path) {
            ("GET", "/station/config") => respond(self.get(&request).await),
            ("PUT", "/station/config") => respond(self.put(&request).await),
            ("GET", "/station/webhooks/deliveries") => respond(self.deliveries(&request).await),
            ("POST", path) if deliveries::of_resend(path).is_some() => {
                respond(self.resend(&request, deliveries::of_resend(path)).await)
            }
            ("GET", "/station/schedules") => respond(self.schedules(&request).await),
            (method, path) => match (method, schedules::name_of(path)) {
                ("GET", Some(name)) => respond(self.schedule(&request, name).await),
                ("PUT", Some(name)) => respond(self.put_schedule(&request, name).await),
                ("DELETE", Some(name)) => respond(self.delete_schedule(&request, name).await),
                _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
            },
        })
    }
}
