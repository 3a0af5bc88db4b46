//! The station function: what a station sets for itself.

mod config;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use sluice_aws::{Clients, StationConfigs};
use sluice_core::api::{Code, Refusal};
use sluice_core::station::StationConfig;
use sluice_lambda::http::{Scope, caller, internal, json_body, respond};

pub use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Station {
    configs: StationConfigs,
}

impl Station {
    /// Builds what is kept.
    pub fn new(clients: &Clients, config: Config) -> Self {
        Self {
            configs: StationConfigs::new(clients, config.tasks_table),
        }
    }

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

/// Answers a request.
pub async fn handle(
    station: &Station,
    request: ApiGatewayV2httpRequest,
) -> ApiGatewayV2httpResponse {
    let method = request.request_context.http.method.as_str();
    match (method, request.raw_path.as_deref()) {
        ("GET", Some("/station/config")) => respond(station.get(&request).await),
        ("PUT", Some("/station/config")) => respond(station.put(&request).await),
        _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
    }
}
