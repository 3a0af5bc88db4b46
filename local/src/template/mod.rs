//! `infra/template.yaml`, read: the one description of functions, routes, queues, tables and
//! events, for the deployment and for this process alike.

mod resolve;
mod resources;

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use serde_yaml_ng::Value as Yaml;

use resolve::Scope;
pub use resources::{Bucket, Event, Function, Index, Notification, Queue, Redrive, Table};

/// The file that is deployed.
const TEXT: &str = include_str!("../../../infra/template.yaml");

/// Resource types that need nothing from this process, and why.
const IGNORED: [(&str, &str); 3] = [
    (
        "AWS::SQS::QueuePolicy",
        "the embedded queues take messages from this process only",
    ),
    (
        "AWS::S3::BucketPolicy",
        "the embedded bucket is served on loopback only, without TLS",
    ),
    (
        "AWS::Logs::LogGroup",
        "the functions' log is that of this process",
    ),
];

/// What the template describes, with every reference resolved to a local name.
#[derive(Debug)]
pub struct Template {
    /// The functions, by logical id.
    pub functions: BTreeMap<String, Function>,
    /// The tables.
    pub tables: Vec<Table>,
    /// The queues; those that others redrive to come first.
    pub queues: Vec<Queue>,
    /// The buckets.
    pub buckets: Vec<Bucket>,
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
            tables: Vec::new(),
            queues: Vec::new(),
            buckets: Vec::new(),
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
            "AWS::DynamoDB::Table" => self.tables.push(Table::read(scope.name(id)?, properties)),
            "AWS::SQS::Queue" => self.queues.push(Queue::read(scope.name(id)?, properties)),
            "AWS::S3::Bucket" => self.buckets.push(Bucket::read(scope.name(id)?, properties)),
            "AWS::Serverless::HttpApi" => {
                let jwt = &properties["Auth"]["Authorizers"]["Jwt"]["JwtConfiguration"];
                self.jwt_issuer = text(&jwt["issuer"]);
                self.jwt_audience = text(&jwt["audience"][0]);
            }
            _ if IGNORED.iter().any(|(ignored, _)| *ignored == kind) => {}
            _ => bail!("{kind} is neither wired locally nor listed as ignored"),
        }
        Ok(())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn template() -> Template {
        Template::read("http://localhost:1", &BTreeMap::new()).expect("a readable template")
    }

    #[test]
    fn every_resource_is_wired_or_knowingly_ignored() {
        let template = template();
        assert_eq!(template.functions.len(), 8);
        assert_eq!((template.tables.len(), template.queues.len()), (4, 4));
        assert_eq!(template.jwt_audience, "sluice");
    }

    #[test]
    fn references_become_local_names() {
        let template = template();
        let worker = &template.functions["WorkerFunction"];
        assert_eq!(worker.environment["TABLE_MEMBERS"], "sluice-members");
        assert_eq!(
            worker.environment["CHUNKS_QUEUE_URL"],
            "http://localhost:1/000000000000/sluice-chunks"
        );
        assert_eq!(template.buckets[0].name, "sluice-files");
        assert_eq!(template.buckets[0].notifications[1].prefix, "inbox/");
    }

    #[test]
    fn messages_stay_invisible_for_six_times_the_timeout() {
        let template = template();
        for function in template.functions.values() {
            for event in &function.events {
                let Event::Sqs { queue, .. } = event else {
                    continue;
                };
                let queue = template
                    .queues
                    .iter()
                    .find(|q| &q.name == queue)
                    .expect("a queue");
                assert!(queue.visibility_seconds >= 6 * function.timeout.as_secs());
            }
        }
    }

    #[test]
    fn the_routes_are_those_of_the_api_document() {
        let template = template();
        let events = template.functions.values().flat_map(|f| &f.events);
        let routes: BTreeSet<(&str, &str)> = events
            .filter_map(|event| match event {
                Event::Http { method, path } => Some((method.as_str(), path.as_str())),
                _ => None,
            })
            .collect();
        let documented: BTreeSet<(&str, &str)> = sluice_openapi::operations().collect();
        assert_eq!(routes, documented);
    }

    #[test]
    fn the_status_function_knows_what_the_worker_may_take() {
        let template = template();
        let environment = &template.functions["StatusFunction"].environment;
        let worker = &template.functions["WorkerFunction"];
        let seconds = worker.timeout.as_secs().to_string();
        assert_eq!(environment["WORKER_SECONDS"], seconds);
        let chunks = template.queues.iter().find(|q| q.name == "sluice-chunks");
        let redrive = chunks.and_then(|queue| queue.redrive.as_ref());
        let receives = redrive.expect("a dead-letter queue").max_receive_count;
        assert_eq!(environment["CHUNK_RECEIVES"], receives.to_string());
    }

    #[test]
    fn parameters_are_checked_against_their_limits() {
        let parameters = BTreeMap::from([("ChunkBytes".to_owned(), "7".to_owned())]);
        let error = Template::read("http://localhost:1", &parameters).expect_err("too small");
        assert!(format!("{error:#}").contains("ChunkBytes"), "{error:#}");
    }
}
