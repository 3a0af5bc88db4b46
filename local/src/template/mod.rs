//! `infra/template.yaml`, read: the one description of functions, routes, queues, tables and
//! events, for the deployment and for this process alike.

pub mod arn;
mod resolve;
mod resources;
#[cfg(test)]
mod tests;
mod wiring;

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use serde_yaml_ng::Value as Yaml;

use crate::permissions::Policy;
use resolve::Scope;
pub use resources::{
    Bucket, Event, Function, Index, MailEvents, Notification, Queue, Redrive, Table,
};
use wiring::Here;

/// The file that is deployed.
const TEXT: &str = include_str!("../../../infra/template.yaml");

/// What the template describes, with every reference resolved to a local name.
#[derive(Debug)]
pub struct Template {
    /// The functions, by logical id.
    pub functions: BTreeMap<String, Function>,
    /// What each role allows, by the role's name.
    pub roles: BTreeMap<String, Policy>,
    /// The tables.
    pub tables: Vec<Table>,
    /// The queues; those that others redrive to come first.
    pub queues: Vec<Queue>,
    /// The buckets.
    pub buckets: Vec<Bucket>,
    /// Where the events of e-mails go.
    pub mail_events: Option<MailEvents>,
    /// Who must have signed a caller's token.
    pub jwt_issuer: String,
    /// Whom the token must be for.
    pub jwt_audience: String,
}

impl Template {
    /// Reads the template. `sqs_url` is where the queues are; `parameters` replace defaults.
    pub fn read(sqs_url: &str, parameters: &BTreeMap<String, String>) -> Result<Self> {
        let yaml: Yaml = serde_yaml_ng::from_str(TEXT).context("infra/template.yaml")?;
        let scope = Scope::new(&yaml, sqs_url, parameters)?;
        let globals = scope.resolve(&yaml["Globals"]["Function"])?;
        let mut template = Self {
            functions: BTreeMap::new(),
            roles: BTreeMap::new(),
            tables: Vec::new(),
            queues: Vec::new(),
            buckets: Vec::new(),
            mail_events: None,
            jwt_issuer: String::new(),
            jwt_audience: String::new(),
        };
        for (id, kind) in scope.resources() {
            let resource = scope.resolve(&yaml["Resources"][id.as_str()])?;
            template
                .add(&scope, id, kind, &resource, &globals)
                .with_context(|| format!("the resource {id}"))?;
        }
        template.queues.sort_by_key(|queue| queue.redrive.is_some());
        Ok(template)
    }

    fn add(
        &mut self,
        scope: &Scope,
        id: &str,
        kind: &str,
        resource: &Value,
        globals: &Value,
    ) -> Result<()> {
        let properties = &resource["Properties"];
        match kind {
            "AWS::Serverless::Function" => {
                self.functions
                    .insert(id.to_owned(), Function::read(resource, globals)?);
            }
            "AWS::IAM::Role" => {
                self.roles
                    .insert(scope.name(id)?, Policy::of_role(properties)?);
            }
            "AWS::DynamoDB::Table" => self.tables.push(Table::read(scope.name(id)?, properties)),
            "AWS::SQS::Queue" => self.queues.push(Queue::read(scope.name(id)?, properties)),
            "AWS::S3::Bucket" => self.buckets.push(Bucket::read(scope.name(id)?, properties)),
            "AWS::SES::ConfigurationSetEventDestination" => {
                let events = self.mail_events.get_or_insert_default();
                events.read_destination(properties);
            }
            "AWS::Events::Rule" => {
                let events = self.mail_events.get_or_insert_default();
                events.read_rule(properties)?;
            }
            "AWS::SES::ConfigurationSet" => {}
            "AWS::Serverless::HttpApi" => {
                let jwt = &properties["Auth"]["Authorizers"]["Jwt"]["JwtConfiguration"];
                self.jwt_issuer = text(&jwt["issuer"]);
                self.jwt_audience = text(&jwt["audience"][0]);
            }
            _ if matches!(wiring::resource(kind)?, Here::LeftOut(_)) => {}
            _ => bail!("{kind} is listed as wired locally, and is not"),
        }
        Ok(())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
