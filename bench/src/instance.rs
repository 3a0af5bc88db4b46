//! One instance of a function's binary, as Lambda runs it: a process that asks the runtime API for
//! its events, which is served here on loopback. Linux only, for the processor time and the memory.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_sqs::types::MessageSystemAttributeName;
use axum::Json;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::{Value, json};
use sluice::system::System;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

/// How long an invocation may take, and how long a start.
const LIMIT: Duration = Duration::from_mins(5);
const CHUNKS: &str = "sluice-chunks";

/// What the two sides of the runtime API tell each other.
struct Channels {
    asked: mpsc::UnboundedSender<Instant>,
    events: Mutex<mpsc::UnboundedReceiver<Value>>,
    answers: mpsc::UnboundedSender<Result<Value, String>>,
}

/// A process that waits for its next event.
pub struct Instance {
    /// From the start of the process until it asked for its first event.
    pub init: Duration,
    process: Child,
    events: mpsc::UnboundedSender<Value>,
    answers: mpsc::UnboundedReceiver<Result<Value, String>>,
    api: JoinHandle<()>,
}

/// Where a build has a function: `target/release/worker`, `target/lambda/worker/bootstrap`.
pub fn path_of(build: &Path, function: &str) -> Option<PathBuf> {
    let path = build.join(function);
    [path.join("bootstrap"), path]
        .into_iter()
        .find(|path| path.is_file())
}

impl Instance {
    /// Starts a function of a build.
    pub async fn of(
        build: &Path,
        function: &str,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let path = path_of(build, function);
        let path = path.with_context(|| format!("no {function} in {}", build.display()))?;
        Self::start(&path, environment).await
    }

    /// Starts a binary and waits until it asks for an event.
    pub async fn start(binary: &Path, environment: &BTreeMap<String, String>) -> Result<Self> {
        let (asked, mut first) = mpsc::unbounded_channel();
        let (events, waiting) = mpsc::unbounded_channel();
        let (answered, answers) = mpsc::unbounded_channel();
        let channels = Arc::new(Channels {
            asked,
            events: Mutex::new(waiting),
            answers: answered,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = router().with_state(channels);
        let api = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the runtime API stopped: {error}");
            }
        });
        let mut command = Command::new(binary);
        command
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
            .stdout(Stdio::null());
        let started = Instant::now();
        let process = command
            .spawn()
            .with_context(|| format!("{} does not start", binary.display()))?;
        let mut instance = Self {
            init: Duration::ZERO,
            process,
            events,
            answers,
            api,
        };
        let asked = tokio::time::timeout(LIMIT, first.recv()).await;
        let asked = asked.with_context(|| format!("{} asks for nothing", binary.display()))?;
        instance.init = asked.context("the runtime API stopped")? - started;
        Ok(instance)
    }

    /// Its answer to an event.
    pub async fn invoke(&mut self, event: Value) -> Result<Value> {
        self.events.send(event)?;
        let answer = tokio::time::timeout(LIMIT, self.answers.recv()).await?;
        match answer.context("the runtime API stopped")? {
            Ok(answer) => Ok(answer),
            Err(error) => bail!("the invocation failed: {error}"),
        }
    }

    /// The processor time of its threads so far.
    /// <https://docs.kernel.org/scheduler/sched-stats.html>
    pub fn processor_time(&self) -> Result<Duration> {
        let mut nanoseconds = 0;
        let threads = format!("/proc/{}/task", self.process.id());
        for thread in std::fs::read_dir(threads)? {
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let on_processor = text.split_whitespace().next().context("schedstat")?;
            nanoseconds += on_processor.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// The most memory that it has had, in KiB, with the files that it has mapped.
    /// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
    pub fn peak_kib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let mut lines = status.lines();
        let peak = lines.find_map(|line| line.strip_prefix("VmHWM:"));
        let number = peak.and_then(|peak| peak.split_whitespace().next());
        Ok(number.context("VmHWM")?.parse()?)
    }

    /// Gives a worker the chunks' messages, one after the other, until the answer is dropped.
    pub async fn feed(&mut self, system: &System) -> Result<()> {
        let sqs = system.services.clients(&system.urls).await.sqs;
        let queue_url = format!("{}/000000000000/{CHUNKS}", system.urls.sqs);
        loop {
            let received = sqs
                .receive_message()
                .queue_url(&queue_url)
                .wait_time_seconds(20)
                .message_system_attribute_names(MessageSystemAttributeName::All)
                .send()
                .await?;
            for message in received.messages.unwrap_or_default() {
                let record = json!({
                    "messageId": message.message_id,
                    "receiptHandle": message.receipt_handle,
                    "body": message.body,
                    "attributes": { "ApproximateReceiveCount": "1" },
                    "messageAttributes": {},
                    "eventSource": "aws:sqs",
                    "awsRegion": "us-east-1",
                });
                let answer = self.invoke(json!({ "Records": [record] })).await?;
                let failures = answer["batchItemFailures"].as_array();
                ensure!(failures.is_none_or(Vec::is_empty), "{answer}");
                sqs.delete_message()
                    .queue_url(&queue_url)
                    .set_receipt_handle(message.receipt_handle)
                    .send()
                    .await?;
            }
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.api.abort();
        let ended = self.process.kill().and_then(|()| self.process.wait());
        if let Err(error) = ended {
            eprintln!("a function's process was not ended: {error}");
        }
    }
}

fn router() -> Router<Arc<Channels>> {
    const INVOCATION: &str = "/2018-06-01/runtime/invocation";
    Router::new()
        .route(&format!("{INVOCATION}/next"), get(next))
        .route(&format!("{INVOCATION}/{{id}}/response"), post(response))
        .route(&format!("{INVOCATION}/{{id}}/error"), post(error))
        .route("/2018-06-01/runtime/init/error", post(error))
        .layer(DefaultBodyLimit::disable())
}

async fn next(State(channels): State<Arc<Channels>>) -> impl IntoResponse {
    // Only the first one is waited for.
    channels.asked.send(Instant::now()).ok();
    let event = channels.events.lock().await.recv().await;
    let deadline = SystemTime::now() + LIMIT;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    let headers = [
        ("Lambda-Runtime-Aws-Request-Id", "bench".to_owned()),
        (
            "Lambda-Runtime-Deadline-Ms",
            deadline.as_millis().to_string(),
        ),
        (
            "Lambda-Runtime-Invoked-Function-Arn",
            "arn:aws:lambda:us-east-1:000000000000:function:bench".to_owned(),
        ),
    ];
    (headers, Json(event))
}

async fn response(State(channels): State<Arc<Channels>>, answer: String) -> StatusCode {
    let answer = serde_json::from_str(&answer).map_err(|error| error.to_string());
    channels.answers.send(answer).ok();
    StatusCode::ACCEPTED
}

async fn error(State(channels): State<Arc<Channels>>, error: String) -> StatusCode {
    channels.answers.send(Err(error)).ok();
    StatusCode::ACCEPTED
}
