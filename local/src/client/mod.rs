//! A client of the HTTP API.

mod target;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use futures::{StreamExt, TryStreamExt};
use reqwest::header::{CONTENT_LENGTH, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH};
use reqwest::redirect::Policy;
use reqwest::{Body, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use sluice_api::{
    CompleteRequest, ExportAnswer, ExportRequest, PartTicket, SentPart, TaskView, UndoRequest,
    UploadAnswer, UploadRequest, UploadTicket,
};
use sluice_basics::ids::TaskId;
use sluice_retry::{RetryPolicy, retry};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::data_folder::private;
use crate::progress::Progress;
use crate::source_file::SourceFile;

pub use target::{ApiUrl, Token};

/// How much of the file is read at once.
const READ_BYTES: usize = 256 << 10;

/// How long to wait for a connection, and for each piece of an answer.
const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_mins(1);

/// For how long a task is asked for while no answer comes.
const GIVE_UP: Duration = Duration::from_mins(5);

/// A client with a token.
pub(crate) struct Client {
    /// For the API, whose answers come within a minute.
    http: reqwest::Client,
    /// For files, which take as long as they take.
    files: reqwest::Client,
    url: String,
    token: String,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// A part of the file, or all of it.
#[derive(Clone, Copy, Debug)]
struct Range {
    start: u64,
    length: u64,
}

/// Every answer of the API.
#[derive(Deserialize)]
struct Envelope<T> {
    code: u32,
    msg: String,
    data: Option<T>,
}

/// What answers have in common that name a task which was begun.
#[derive(Deserialize)]
struct Begun {
    task_id: TaskId,
}

/// What API Gateway says itself.
#[derive(Deserialize)]
struct GatewayMessage {
    message: String,
}

/// Why a request brought nothing.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{url} cannot be reached: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("{msg}")]
    Refused { code: u32, msg: String },
    #[error("{0}")]
    WrongOptions(String),
    #[error("{url} answered {status}{said}: is it the address of a Sluice API, with its token?")]
    NoEnvelope {
        url: String,
        status: StatusCode,
        said: String,
    },
    #[error("the file was not taken ({status}): {message}")]
    NotTaken { status: StatusCode, message: String },
    #[error("the file could not be sent: {0}")]
    NotSent(String),
}

impl Trouble {
    fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::NotSent(_) => true,
            Self::Refused { code, .. } => *code >= 50_000,
            Self::WrongOptions(_) => false,
            Self::NoEnvelope { status, .. } | Self::NotTaken { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
        }
    }
}

/// Whether the API refuses what the command line says, before anything is begun.
pub fn is_usage(error: &anyhow::Error) -> bool {
    let about_options = |msg: &str| {
        let starts = ["the mapping ", "columns: ", "filter: ", "business: "];
        msg.contains("is not a known business") || starts.iter().any(|start| msg.starts_with(start))
    };
    match error.downcast_ref() {
        Some(Trouble::WrongOptions(_)) => true,
        Some(Trouble::Refused { code: 40_001, msg }) => about_options(msg),
        _ => false,
    }
}

/// Marks a refusal of a request that the command line alone has made.
fn of_options(error: anyhow::Error) -> anyhow::Error {
    match error.downcast() {
        Ok(Trouble::Refused { code: 40_001, msg }) => Trouble::WrongOptions(msg).into(),
        Ok(trouble) => trouble.into(),
        Err(error) => error,
    }
}

/// Whether the same request may bring something later.
pub(crate) fn may_pass(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<Trouble>()
        .is_some_and(Trouble::may_pass)
}

impl Client {
    pub(crate) fn new(url: &str, token: String) -> Result<Self> {
        // The API redirects nobody: a token goes where it was meant to go, and nowhere else.
        let files = || {
            reqwest::Client::builder()
                .user_agent(concat!("sluice/", env!("CARGO_PKG_VERSION")))
                .redirect(Policy::none())
                .connect_timeout(CONNECT)
        };
        Ok(Self {
            http: files().read_timeout(ANSWER).build()?,
            files: files().build()?,
            url: url.to_owned(),
            token,
        })
    }

    /// Asks for an import, or once more for the one of the same `user_task_id`.
    pub(crate) async fn begin(&self, request: &UploadRequest) -> Result<UploadAnswer> {
        let begin = async || {
            let answer = self.post("/upload", request).await?;
            answer.context("POST /upload answered without data")
        };
        again(begin).await
    }

    /// Asks for an export.
    pub(crate) async fn begin_export(&self, request: &ExportRequest) -> Result<ExportAnswer> {
        let answer = self.post("/export", request).await?;
        answer.context("POST /export answered without data")
    }

    /// Asks for an undo, or once more for the one of the same `user_task_id`.
    pub(crate) async fn begin_undo(&self, request: &UndoRequest) -> Result<TaskView> {
        let begin = async || {
            let answer = self.post("/task/undo", request).await?;
            answer.context("POST /task/undo answered without data")
        };
        again(begin).await
    }

    /// Waits until a task has ended, and returns it. `looks` says how often it is asked for; `show` is called with
    /// each answer, and without one where none came, and ends the waiting with an error of its own.
    pub(crate) async fn ended(
        &self,
        task_id: TaskId,
        looks: RetryPolicy,
        show: impl Fn(Option<&TaskView>) -> Result<()>,
    ) -> Result<TaskView> {
        let mut backoff = looks.backoff();
        let mut answered = Instant::now();
        loop {
            match self.task(task_id).await {
                Ok(task) => {
                    answered = Instant::now();
                    show(Some(&task))?;
                    if task.status.has_ended() {
                        return Ok(task);
                    }
                }
                Err(error) if may_pass(&error) && answered.elapsed() < GIVE_UP => {
                    tracing::warn!(error = format!("{error:#}"), "asking for the task again");
                    show(None)?;
                }
                Err(error) => return Err(error),
            }
            backoff.wait().await?;
        }
    }

    /// The task as it is now.
    pub(crate) async fn task(&self, task_id: TaskId) -> Result<TaskView> {
        let task = self.get(&format!("/task/get?task_id={task_id}")).await?;
        task.context("GET /task/get answered without data")
    }

    /// Reads an answer as it is. The request is repeated until there is one, a few times.
    pub(crate) async fn read(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<serde_json::Value> {
        let read = async || {
            let request = self.http.get(format!("{}{path}", self.url));
            let answer = self.ask(request.query(query)).await?;
            answer.with_context(|| format!("GET {path} answered without data"))
        };
        again(read).await.map_err(of_options)
    }

    /// Begins a task, or finds the one of the same `user_task_id`: the request must have one.
    pub(crate) async fn begin_task(
        &self,
        path: &str,
        request: &impl serde::Serialize,
    ) -> Result<TaskId> {
        let begin = async || {
            let begun: Option<Begun> = self.post(path, request).await?;
            begun.with_context(|| format!("POST {path} answered without data"))
        };
        let answer = again(begin).await.map_err(of_options)?;
        Ok(answer.task_id)
    }

    /// What is known of why a task is where it is.
    pub(crate) async fn explained(&self, task_id: TaskId) -> Result<serde_json::Value> {
        let path = format!("/task/explain?task_id={task_id}");
        let explained = self.get(&path).await?;
        explained.context("GET /task/explain answered without data")
    }

    /// Sends the file as the ticket says. A ticket that is too old is replaced by asking again with
    /// `request`.
    pub(crate) async fn send(
        &self,
        task_id: TaskId,
        ticket: UploadTicket,
        request: &mut UploadRequest,
        file: &SourceFile,
        progress: &Progress,
    ) -> Result<()> {
        let (upload_id, part_bytes, mut parts) = match ticket {
            UploadTicket::Put { url, headers, .. } => {
                let headers = headers_of(&headers).context("the ticket has bad headers")?;
                let whole = Range {
                    start: 0,
                    length: file.size_bytes,
                };
                let put = async || self.put(&url, &headers, file, whole, progress).await;
                return again(put).await.map(|_| ());
            }
            UploadTicket::Multipart {
                upload_id,
                part_bytes,
                parts,
                ..
            } => (upload_id, part_bytes, parts),
        };
        request.upload_id = Some(upload_id.clone());
        let mut sent = Vec::with_capacity(parts.len());
        for index in 0..parts.len() {
            let start = index as u64 * part_bytes;
            let range = Range {
                start,
                length: part_bytes.min(file.size_bytes.saturating_sub(start)),
            };
            let headers = HeaderMap::new();
            let put = async |part: &PartTicket| {
                let put = async || self.put(&part.url, &headers, file, range, progress).await;
                again(put).await
            };
            let mut put_part = put(&parts[index]).await;
            if put_part.as_ref().is_err_and(is_too_old) {
                parts = self.parts_again(request).await?;
                let part = parts.get(index).context("the new ticket has fewer parts")?;
                put_part = put(part).await;
            }
            sent.push(SentPart {
                part_number: parts[index].part_number,
                etag: put_part?,
            });
        }
        let request = CompleteRequest {
            task_id,
            upload_id,
            parts: sent,
        };
        let complete = async || {
            self.post::<serde_json::Value>("/upload/complete", &request)
                .await
        };
        again(complete).await.map(|_| ())
    }

    /// Asks for new URLs of the parts of the same upload.
    async fn parts_again(&self, request: &UploadRequest) -> Result<Vec<PartTicket>> {
        match self.begin(request).await?.upload {
            Some(UploadTicket::Multipart {
                upload_id, parts, ..
            }) if Some(&upload_id) == request.upload_id.as_ref() => Ok(parts),
            _ => Err(anyhow!(
                "the upload is not there any more: give the same command again to send the file anew"
            )),
        }
    }

    /// Downloads the rows that were not imported into a folder, if there are any. Where they are.
    pub(crate) async fn download_failed_rows(
        &self,
        task: &TaskView,
        folder: &Path,
    ) -> Result<Option<PathBuf>> {
        let rows = ("failed_rows", "the failed rows");
        self.download_rows(task, rows, folder).await
    }

    /// Downloads the rows that an undo has kept into a folder, if there are any. Where they are.
    pub(crate) async fn download_kept_rows(
        &self,
        task: &TaskView,
        folder: &Path,
    ) -> Result<Option<PathBuf>> {
        let rows = ("kept_rows", "the kept rows");
        self.download_rows(task, rows, folder).await
    }

    /// Downloads rows that a result has a link to: the name of the file in the result, and what it is for people.
    async fn download_rows(
        &self,
        task: &TaskView,
        (file, what): (&str, &str),
        folder: &Path,
    ) -> Result<Option<PathBuf>> {
        let result = task.result.as_ref();
        let url = result.and_then(|result| result[format!("{file}_url")].as_str());
        let Some(url) = url else { return Ok(None) };
        let name = if folder.as_os_str().is_empty() {
            format!("{file}-{}-{}.csv", task.station_id, task.task_id)
        } else {
            format!("{}-{}.csv", task.station_id, task.task_id)
        };
        let path = folder.join(name);
        self.download(url, &path, what).await?;
        Ok(Some(path))
    }

    /// Downloads from a link into a file that only its owner can read. `what` it is, for an error.
    pub(crate) async fn download(&self, url: &str, path: &Path, what: &str) -> Result<()> {
        let told = || format!("{what} could not be saved as {}", path.display());
        // Without the URL, which lets whoever sees it download the rows.
        let failed = |error: reqwest::Error| anyhow!(root(&error.without_url())).context(told());
        let response = self.files.get(url).send().await.map_err(failed)?;
        let response = response.error_for_status().map_err(failed)?;
        let bytes = response.bytes_stream();
        let bytes = bytes.map_err(|error| std::io::Error::other(root(&error.without_url())));
        let mut body = tokio_util::io::StreamReader::new(bytes);
        let mut options = private();
        let file = options.write(true).create(true).truncate(true).open(path);
        let mut file = File::from_std(file.with_context(told)?);
        let copied = tokio::io::copy(&mut body, &mut file).await;
        copied.with_context(told)?;
        file.sync_all().await?;
        Ok(())
    }

    /// Sends a range of the file and returns its `ETag`. The file is looked at once more before
    /// its last bytes leave, so that a file that is being written to is never stored.
    async fn put(
        &self,
        url: &str,
        headers: &HeaderMap,
        source: &SourceFile,
        Range { start, length }: Range,
        progress: &Progress,
    ) -> Result<String> {
        let mut file = File::open(&source.path).await?;
        file.seek(SeekFrom::Start(start)).await?;
        let watched = source.clone();
        let sending = progress.clone();
        let gone = Arc::new(AtomicU64::new(0));
        let going = Arc::clone(&gone);
        let mut left = length;
        let bytes = ReaderStream::with_capacity(file.take(length), READ_BYTES).map(move |piece| {
            let piece = piece?;
            left = left.saturating_sub(piece.len() as u64);
            if left == 0 {
                watched.check_unchanged()?;
            }
            sending.sent(piece.len() as u64);
            going.fetch_add(piece.len() as u64, Ordering::Relaxed);
            Ok::<_, std::io::Error>(piece)
        });
        let sent = self
            .files
            .put(url)
            .headers(headers.clone())
            .header(CONTENT_LENGTH, length)
            .body(Body::wrap_stream(bytes))
            .send()
            .await;
        let trouble = match sent {
            // An earlier try may have stored the file, and its answer was lost.
            Ok(response)
                if response.status().is_success()
                    || (response.status() == StatusCode::PRECONDITION_FAILED
                        && headers.contains_key(IF_NONE_MATCH)) =>
            {
                let etag = response.headers().get(ETAG);
                let etag = etag.and_then(|etag| etag.to_str().ok());
                return Ok(etag.unwrap_or_default().to_owned());
            }
            Ok(response) => {
                let status = response.status();
                let text = response.text().await.unwrap_or_default();
                let message = message_of(&text).to_owned();
                Trouble::NotTaken { status, message }
            }
            // What the client's own file did wrong is hidden in the chain of causes.
            Err(error) => {
                source.check_unchanged()?;
                Trouble::NotSent(root(&error.without_url()))
            }
        };
        progress.take_back(gone.load(Ordering::Relaxed));
        Err(trouble.into())
    }

    /// The data of the answer to `GET`.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        let request = self.http.get(format!("{}{path}", self.url));
        self.ask(request).await
    }

    /// The data of the answer to `PUT` with a JSON body.
    pub(crate) async fn replace<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<Option<T>> {
        let request = self.http.put(format!("{}{path}", self.url));
        self.ask(request.json(&json!(body))).await
    }

    /// The data of the answer to `POST` with a JSON body.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<Option<T>> {
        let request = self.http.post(format!("{}{path}", self.url));
        self.ask(request.json(&json!(body))).await
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<Option<T>> {
        let unreachable = |error: reqwest::Error| Trouble::Unreachable {
            url: self.url.clone(),
            reason: root(&error.without_url()),
        };
        let response = request.bearer_auth(&self.token).send().await;
        self.data(response.map_err(unreachable)?)
            .await
            .map_err(|error| match error.downcast::<reqwest::Error>() {
                Ok(error) => unreachable(error).into(),
                Err(error) => error,
            })
    }

    /// The data of an answer; a refusal is an error with the API's own words.
    async fn data<T: DeserializeOwned>(&self, response: Response) -> Result<Option<T>> {
        let status = response.status();
        let text = response.text().await?;
        let Ok(envelope) = serde_json::from_str::<Envelope<T>>(&text) else {
            let said = serde_json::from_str::<GatewayMessage>(&text);
            let url = self.url.clone();
            let said = said.map_or(String::new(), |said| format!(" ({})", said.message));
            return Err(Trouble::NoEnvelope { url, status, said }.into());
        };
        if envelope.code == 0 {
            return Ok(envelope.data);
        }
        let Envelope { code, msg, .. } = envelope;
        Err(Trouble::Refused { code, msg }.into())
    }
}

/// Sends a request that can be repeated until there is an answer, a few times.
async fn again<T>(send: impl AsyncFn() -> Result<T>) -> Result<T> {
    let send = async || {
        let outcome = send().await;
        if let Err(error) = &outcome
            && may_pass(error)
        {
            tracing::warn!(error = format!("{error:#}"), "a request failed");
        }
        outcome
    };
    retry(RetryPolicy::CLIENT, send, may_pass).await
}

/// Whether a part was refused as S3 refuses a URL that has expired.
fn is_too_old(error: &anyhow::Error) -> bool {
    let trouble = error.downcast_ref();
    matches!(trouble, Some(Trouble::NotTaken { status, .. }) if *status == StatusCode::FORBIDDEN)
}

fn headers_of(named: &BTreeMap<String, String>) -> Result<HeaderMap> {
    named
        .iter()
        .map(|(name, value)| Ok((HeaderName::try_from(name)?, HeaderValue::try_from(value)?)))
        .collect()
}

/// The message in one of S3's XML errors.
fn message_of(xml: &str) -> &str {
    let after = xml.split_once("<Message>").map(|(_, after)| after);
    after
        .and_then(|after| after.split_once("</Message>"))
        .map_or(xml, |(message, _)| message)
}

fn root(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
