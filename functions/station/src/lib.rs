//! The station function: what a station sets for itself.

mod config;

use async_trait::async_trait;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::{Error, LambdaEvent};
use sluice_aws::StationConfigs;
use sluice_core::api::{Code, Refusal};
use sluice_core::station::StationConfig;
use sluice_lambda::http::{Scope, caller, internal, json_body, respond};
use sluice_lambda::{Function, Init};

use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Station {
    configs: StationConfigs,
}

impl Station {
    async fn get(&self, request: &ApiGatewayV2httpRequest) -> Result<StationConfig, Refusal> {
        let station_id = caller(request, Scope::Read)?;
        let config = self.configs.latest(&station_id).await.map_err(internal)?;
        Ok((*config).clone())
    }

    async fn put(&self, request: &ApiGatewayV2httpRequest) -> Result<StationConfig, Refusal> {
        let station_id = caller(request, Scope::Write)?;
        let changed: StationConfig = json_body(request)?;
        let stored = self.configs.put(&station_id, &changed).await;
        match stored.map_err(internal)? {
            Some(config) => Ok((*config).clone()),
            None => Err(Refusal::conflict(format!(
                "version {} is not the latest any more: read the configuration again and make \
                 the change in that one",
                changed.version
            ))),
        }
    }
}

#[async_trait]
impl Function for Station {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let config = Config::from_lookup(init.lookup)?;
        Ok(Self {
            configs: StationConfigs::new(init.clients, config.tasks_table),
        })
    }

    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let request = event.payload;
        let method = request.request_context.http.method.as_str();
        Ok(match (method, request.raw_path.as_deref()) {
            ("GET", Some("/station/config")) => respond(self.get(&request).await),
            ("PUT", Some("/station/config")) => respond(self.put(&request).await),
            _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
        })
    }
}
