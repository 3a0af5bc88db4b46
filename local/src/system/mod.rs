//! The whole system in one process: embedded services, the real handlers, and what connects
//! them, as `infra/template.yaml` says.

mod dynamodb;
mod dynamodb_protocol;
mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use sluice_aws::{Clients, Meter};
use sluice_lambda::Telemetry;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::door::{self, Callers, Limits};
use crate::faults::{self, FaultPlan};
use crate::gateway::{self, Tokens};
use crate::sources::Wiring;
use crate::template::Template;

pub use crate::data_folder::DataFolder;
pub use crate::door::AllowedOrigin;
pub use crate::functions::Functions;
pub use crate::keys::Keys;
pub use crate::urls::Urls;
pub use services::Services;

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
    /// Sends the functions' SQS requests and S3's notifications elsewhere, likewise.
    pub sqs_url: Option<String>,
    /// Kills functions and disturbs S3 as this plan says.
    pub faults: Option<Arc<FaultPlan>>,
    /// Binaries of functions whose queues and streams are not polled and whose schedules are not
    /// kept: their events are delivered by hand.
    pub unpolled: BTreeSet<String>,
    /// Binaries of functions that are shown the stream they follow in disorder: batches are cut anew, repeated,
    /// turned around and mixed up. The number is the seed.
    pub disorder: BTreeMap<String, u64>,
    /// Origins of web pages that may call the API and S3, beside the console's own.
    pub allowed_origins: Vec<AllowedOrigin>,
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
            sqs_url: None,
            faults: None,
            unpolled: BTreeSet::new(),
            disorder: BTreeMap::new(),
            allowed_origins: Vec::new(),
            telemetry: Telemetry::silent(),
        }
    }
}

/// A running system. Dropping it ends it as a crash would: nothing is lost by that.
#[derive(Debug)]
pub struct System {
    /// Where it can be reached.
    pub urls: Urls,
    /// The ports of the API, DynamoDB and SQS.
    pub ports: [u16; 3],
    /// The functions' own clients, which count what the functions use.
    pub clients: Clients,
    /// Counts what AWS does around the functions: it polls queues, follows streams, and passes on events.
    pub pollers: Meter,
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
        let ports = [port(&api)?, port(&dynamodb)?, port(&sqs)?];
        let urls = Urls::from_ports(ports, data.keys()?);
        let template = Arc::new(Template::read(&urls.sqs, &options.parameters)?);
        let mut running = JoinSet::new();

        let services = Services::open(&data)?;
        services.serve(&urls.keys, dynamodb, sqs, &mut running)?;
        let plain = services.clients(&urls).await;
        services.create(&template, &plain, &urls.sqs).await?;

        let mut reached = urls.clone();
        if let Some(url) = options.dynamodb_url {
            reached.dynamodb = url;
        }
        if let Some(url) = options.sqs_url {
            reached.sqs = url;
        }
        let clients = Box::pin(services.clients(&reached)).await;
        let environment = with_links(options.environment, &urls);
        let functions = Arc::new(Functions::new(
            &clients,
            &template,
            &environment,
            options.timeouts,
            options.telemetry,
            options.faults.clone(),
        )?);
        let tokens = Arc::new(Tokens::new(
            &data.signing_key()?,
            template.jwt_issuer.clone(),
            template.jwt_audience.clone(),
        ));
        let s3 = match options.faults {
            Some(faults) => faults::disturbed(services.s3.router(), faults),
            None => services.s3.router(),
        };
        let router = gateway::router(&functions, &template, &tokens, s3);
        let router = router.merge(services.mail_router(&urls));
        let callers = Callers::programs_and_pages(api.local_addr()?, &options.allowed_origins);
        let router = door::guarded(router, callers, Limits::LOCAL);
        running.spawn(door::serve(api, router, Limits::LOCAL));
        let pollers = plain.meter.clone();
        let wiring = Wiring {
            template: Arc::clone(&template),
            functions: Arc::clone(&functions),
            clients: plain,
            urls: urls.clone(),
            concurrency: options.concurrency,
            unpolled: options.unpolled,
            disorder: options.disorder,
        };
        wiring.connect_queues(&mut running);
        wiring.connect_streams(&data, &mut running);
        wiring.connect_schedules(&mut running);
        wiring.connect_buckets(services.s3.clone(), &reached.sqs, &mut running);
        wiring.connect_mail(services.ses.clone(), &mut running);
        Ok(Self {
            urls,
            ports,
            clients,
            pollers,
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
        &with_links(BTreeMap::new(), urls),
        BTreeMap::new(),
        Telemetry::silent(),
        None,
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
        disorder: BTreeMap::new(),
    };
    wiring.connect_queues(&mut running);
    Ok(running)
}

/// The environment of functions, in which the links of e-mails lead to this system.
pub(crate) fn with_links(
    mut environment: BTreeMap<String, String>,
    urls: &Urls,
) -> BTreeMap<String, String> {
    environment
        .entry("API_URL".to_owned())
        .or_insert_with(|| urls.api.clone());
    environment
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

fn port(listener: &TcpListener) -> Result<u16> {
    Ok(listener.local_addr()?.port())
}
