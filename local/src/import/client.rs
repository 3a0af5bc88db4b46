//! A client of the HTTP API.

use std::error::Error;
use std::io::SeekFrom;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use futures::{StreamExt, TryStreamExt};
use reqwest::header::{CONTENT_LENGTH, ETAG};
use reqwest::{Body, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use sluice_core::api::{
    CompleteRequest, SentPart, TaskView, UploadAnswer, UploadRequest, UploadTicket,
};
use sluice_core::ids::TaskId;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::file::SourceFile;
use super::progress::Progress;
use crate::system::DataFolder;

/// How much of the file is read at once.
const READ_BYTES: usize = 256 << 10;

/// A client with a token.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// Every answer of the API.
#[derive(Deserialize)]
struct Envelope<T> {
    code: u32,
    msg: String,
    data: Option<T>,
}

impl Client {
    pub(super) fn new(url: &str, token: String) -> Self {
        Self {
            http: reqwest::Client::new(),
            url: url.to_owned(),
            token,
        }
    }

    /// Asks for an import.
    pub(super) async fn begin(&self, request: &UploadRequest) -> Result<UploadAnswer> {
        let answer = self.post("/upload", request).await?;
        answer.context("POST /upload answered without data")
    }

    /// The task as it is now.
    pub(super) async fn task(&self, task_id: TaskId) -> Result<TaskView> {
        let response = self
            .http
            .get(format!("{}/task/get?task_id={task_id}", self.url))
            .bearer_auth(&self.token)
            .send()
            .await?;
        data(response)
            .await?
            .context("GET /task/get answered without data")
    }

    /// Sends the file as the ticket says.
    pub(super) async fn send(
        &self,
        task_id: TaskId,
        ticket: &UploadTicket,
        file: &SourceFile,
        progress: &Progress,
    ) -> Result<()> {
        match ticket {
            UploadTicket::Put { url, .. } => {
                self.put(url, file, 0, file.size_bytes, progress).await?;
            }
            UploadTicket::Multipart {
                upload_id,
                part_bytes,
                parts,
                ..
            } => {
                let mut sent = Vec::with_capacity(parts.len());
                for (index, part) in parts.iter().enumerate() {
                    let start = index as u64 * part_bytes;
                    let length = (*part_bytes).min(file.size_bytes - start);
                    let etag = self.put(&part.url, file, start, length, progress).await?;
                    sent.push(SentPart {
                        part_number: part.part_number,
                        etag,
                    });
                }
                let upload_id = upload_id.clone();
                let request = CompleteRequest {
                    task_id,
                    upload_id,
                    parts: sent,
                };
                self.post::<serde_json::Value>("/upload/complete", &request)
                    .await?;
            }
        }
        Ok(())
    }

    /// Downloads the rows that were not imported, if there are any. Where they are.
    pub(super) async fn download_failed_rows(
        &self,
        task: &TaskView,
        data: &DataFolder,
    ) -> Result<Option<PathBuf>> {
        let url = task
            .result
            .as_ref()
            .and_then(|result| result["failed_rows_url"].as_str());
        let Some(url) = url else { return Ok(None) };
        let folder = data.join("failed_rows");
        tokio::fs::create_dir_all(&folder).await?;
        let path = folder.join(format!("{}-{}.csv", task.station_id, task.task_id));
        let response = self.http.get(url).send().await?.error_for_status()?;
        let mut body = tokio_util::io::StreamReader::new(
            response.bytes_stream().map_err(std::io::Error::other),
        );
        let mut file = File::create(&path).await?;
        let copied = tokio::io::copy(&mut body, &mut file).await;
        copied.with_context(|| format!("{} could not be written", path.display()))?;
        file.sync_all().await?;
        Ok(Some(path))
    }

    /// Sends a range of the file and returns its `ETag`. The file is looked at once more before
    /// its last bytes leave, so that a file that is being written to is never stored.
    async fn put(
        &self,
        url: &str,
        source: &SourceFile,
        start: u64,
        length: u64,
        progress: &Progress,
    ) -> Result<String> {
        let mut file = File::open(&source.path).await?;
        file.seek(SeekFrom::Start(start)).await?;
        let watched = source.clone();
        let progress = progress.clone();
        let mut left = length;
        let bytes = ReaderStream::with_capacity(file.take(length), READ_BYTES).map(move |piece| {
            let piece = piece?;
            left = left.saturating_sub(piece.len() as u64);
            if left == 0 {
                watched.check_unchanged()?;
            }
            progress.sent(piece.len() as u64);
            Ok::<_, std::io::Error>(piece)
        });
        let sent = self
            .http
            .put(url)
            .header(CONTENT_LENGTH, length)
            .body(Body::wrap_stream(bytes))
            .send()
            .await;
        let response = match sent {
            Ok(response) => response,
            // What the client's own file did wrong is hidden in the chain of causes.
            Err(error) => {
                source.check_unchanged()?;
                return Err(anyhow!(root(&error)).context("the file could not be sent"));
            }
        };
        if !response.status().is_success() {
            let status = response.status();
            let text = response.text().await.unwrap_or_default();
            bail!("the file was not taken ({status}): {}", message_of(&text));
        }
        let etag = response
            .headers()
            .get(ETAG)
            .and_then(|etag| etag.to_str().ok());
        Ok(etag.unwrap_or_default().to_owned())
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<Option<T>> {
        let request = self.http.post(format!("{}{path}", self.url));
        data(
            request
                .bearer_auth(&self.token)
                .json(&json!(body))
                .send()
                .await?,
        )
        .await
    }
}

/// The data of an answer; a refusal is an error with the API's own words.
async fn data<T: DeserializeOwned>(response: Response) -> Result<Option<T>> {
    let status = response.status();
    let text = response.text().await?;
    let envelope: Envelope<T> = serde_json::from_str(&text)
        .with_context(|| format!("the API answered with status {status} and no envelope"))?;
    if envelope.code != 0 {
        bail!("{}", envelope.msg);
    }
    Ok(envelope.data)
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
