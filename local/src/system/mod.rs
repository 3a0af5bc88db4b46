//! The whole system in one process: embedded services, the real handlers, and what connects
//! them, as `infra/template.yaml` says.

mod data_folder;
mod dynamodb;
mod functions;
mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use sluice_aws::Clients;
use sluice_lambda::Telemetry;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::gateway::{self, Tokens};
use crate::sources::Wiring;
use crate::template::Template;

pub use data_folder::DataFolder;
#[cfg(test)]
pub(crate) use functions::FUNCTIONS;
pub use functions::Functions;
pub use services::{ACCESS_KEY, SECRET_KEY, Services};

/// How a system is to be started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where its state is kept.
    pub data_dir: PathBuf,
    /// Whether to forget the state of earlier runs.
    pub fresh: bool,
    /// The HTTP API's port; DynamoDB and SQS have the two after it. 0 for any free ports.
    pub port: u16,
    /// Parameters of the template that are not to have their default.
    pub parameters: BTreeMap<String, String>,
    /// Invocations of one function at the same time, at most.
    pub concurrency: usize,
    /// Environment variables of functions that are not to be as in the template.
    pub environment: BTreeMap<String, String>,
    /// Time limits of functions that are not to be as in the template.
    pub timeouts: BTreeMap<String, Duration>,
    /// Sends the functions' DynamoDB requests elsewhere: for tests that put faults between.
    pub dynamodb_url: Option<String>,
    /// Binaries of functions whose queues and streams are not polled and whose schedules are not
    /// kept: their events are delivered by hand.
    pub unpolled: BTreeSet<String>,
    /// Where metrics and traces of the functions go: nowhere, unless somebody listens.
    pub telemetry: Telemetry,
}

impl Options {
    /// A system in `data_dir` with the template's settings.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            fresh: false,
            port: 0,
            parameters: BTreeMap::new(),
            concurrency: 8,
            environment: BTreeMap::new(),
            timeouts: BTreeMap::new(),
            dynamodb_url: None,
            unpolled: BTreeSet::new(),
            telemetry: Telemetry::silent(),
        }
    }
}

/// Where a running system can be reached.
#[derive(Clone, Debug)]
pub struct Urls {
    /// The HTTP API, and S3 on the same origin.
    pub api: String,
    /// DynamoDB.
    pub dynamodb: String,
    /// SQS.
    pub sqs: String,
}

impl Urls {
    /// Where a system can be reached that serves on this port and the two after it.
    pub fn from_port(first: u16) -> Self {
        let url = |offset: u16| format!("http://127.0.0.1:{}", first.saturating_add(offset));
        Self {
            api: url(0),
            dynamodb: url(1),
            sqs: url(2),
        }
    }
}

/// A running system. Dropping it ends it as a crash would: nothing is lost by that.
#[derive(Debug)]
pub struct System {
    /// Where it can be reached.
    pub urls: Urls,
    /// The functions' own clients, which count what the functions use.
    pub clients: Clients,
    /// The embedded services themselves, for what no client can see.
    pub services: Services,
    /// Makes tokens that its gateway accepts.
    pub tokens: Arc<Tokens>,
    /// Where its state is kept.
    pub data: DataFolder,
    template: Arc<Template>,
    functions: Arc<Functions>,
    running: JoinSet<()>,
}

impl System {
    /// Starts everything. An import that was under way when an earlier process ended goes on.
    pub async fn start(options: Options) -> Result<Self> {
        let data = DataFolder::open(&options.data_dir, options.fresh)?;
        let [api, dynamodb, sqs] = listen(options.port).await?;
        let urls = Urls {
            api: url(&api)?,
            dynamodb: url(&dynamodb)?,
            sqs: url(&sqs)?,
        };
        let template = Arc::new(Template::read(&urls.sqs, &options.parameters)?);
        let mut running = JoinSet::new();

        let services = Services::open(&data)?;
        services.serve(dynamodb, sqs, &mut running);
        let plain = services.clients(&urls).await;
        services.create(&template, &plain).await?;

        let mut reached = urls.clone();
        if let Some(url) = options.dynamodb_url {
            reached.dynamodb = url;
        }
        let clients = services.clients(&reached).await;
        let functions = Arc::new(Functions::new(
            &clients,
            &template,
            &options.environment,
            options.timeouts,
            options.telemetry,
        )?);
        let tokens = Arc::new(Tokens::new(
            &data.signing_key()?,
            template.jwt_issuer.clone(),
            template.jwt_audience.clone(),
        ));
        let router = gateway::router(&functions, &template, &tokens, services.s3.router());
        running.spawn(async move {
            if let Err(error) = axum::serve(services::quick(api), router).await {
                tracing::error!(%error, "the HTTP API stopped");
            }
        });
        let wiring = Wiring {
            template: Arc::clone(&template),
            functions: Arc::clone(&functions),
            clients: plain,
            urls: urls.clone(),
            concurrency: options.concurrency,
            unpolled: options.unpolled,
        };
        wiring.connect_queues(&mut running);
        wiring.connect_streams(&data, &mut running);
        wiring.connect_schedules(&mut running);
        wiring.connect_buckets(services.s3.clone(), &mut running);
        Ok(Self {
            urls,
            clients,
            services,
            tokens,
            data,
            template,
            functions,
            running,
        })
    }

    /// What the template describes.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The functions, to be invoked beside what their event sources send them.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Ends the system and waits until nothing of it runs any more.
    pub async fn stop(mut self) {
        self.running.shutdown().await;
    }
}

/// Runs one function that a queue invokes, until the answer is dropped, against a system whose
/// other parts run in another process.
pub async fn poll_queue_of(urls: &Urls, binary: &str, concurrency: usize) -> Result<JoinSet<()>> {
    let template = Arc::new(Template::read(&urls.sqs, &BTreeMap::new())?);
    let functions = Functions::new(
        &services::clients(urls).await,
        &template,
        &BTreeMap::new(),
        BTreeMap::new(),
        Telemetry::silent(),
    )?;
    let all = template
        .functions
        .values()
        .map(|function| function.binary.clone());
    let unpolled = all.filter(|other| other != binary).collect();
    let mut running = JoinSet::new();
    let wiring = Wiring {
        template,
        functions: Arc::new(functions),
        clients: services::clients(urls).await,
        urls: urls.clone(),
        concurrency,
        unpolled,
    };
    wiring.connect_queues(&mut running);
    Ok(running)
}

/// Three listeners on loopback: with consecutive ports, or any.
async fn listen(first: u16) -> Result<[TcpListener; 3]> {
    let bind = async |offset: u16| {
        let port = if first == 0 {
            0
        } else {
            first.saturating_add(offset)
        };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        TcpListener::bind(address).await.with_context(|| {
            format!("port {port} cannot be used: is another one running? choose others with --port")
        })
    };
    Ok([bind(0).await?, bind(1).await?, bind(2).await?])
}

fn url(listener: &TcpListener) -> Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}
