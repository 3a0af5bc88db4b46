//! The HTTP API as the stations of a benchmark use it, and the files that they import.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use sluice::cli::Import;
use sluice::import::{SourceFile, Summary, import};
use sluice::system::System;

/// How often a task is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A station's client.
pub struct Api {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Api {
    /// A client of a running system.
    pub fn new(system: &System, station: &str) -> Result<Self> {
        Ok(Self {
            http: reqwest::Client::new(),
            url: system.urls.api.clone(),
            token: system.tokens.development(&station.parse()?)?,
        })
    }

    /// The data of the answer to `GET`.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.data(self.http.get(format!("{}{path}", self.url)))
            .await
    }

    /// The data of the answer to a request with a JSON body.
    pub async fn send(&self, method: reqwest::Method, path: &str, body: &Value) -> Result<Value> {
        let request = self.http.request(method, format!("{}{path}", self.url));
        self.data(request.json(body)).await
    }

    /// Begins a task, and returns it when it has ended well.
    pub async fn done(&self, path: &str, body: &Value) -> Result<Value> {
        let begun = self.send(reqwest::Method::POST, path, body).await?;
        let task_id = begun["task_id"].as_u64().context("a task")?;
        loop {
            let task = self.get(&format!("/task/get?task_id={task_id}")).await?;
            match task["status"].as_u64() {
                Some(1 | 2) => tokio::time::sleep(LOOK_AGAIN).await,
                Some(3) => return Ok(task),
                _ => bail!("{path} did not end well: {task}"),
            }
        }
    }

    async fn data(&self, request: reqwest::RequestBuilder) -> Result<Value> {
        let answer = request.bearer_auth(&self.token).send().await?;
        let mut envelope: Value = answer.json().await?;
        ensure!(envelope["code"] == 0, "{envelope}");
        Ok(envelope["data"].take())
    }
}

/// Writes a file of members; each seed has others.
pub fn members(path: &Path, rows: u64, seed: u64) -> Result<()> {
    let generated = local_generator::Options {
        rows,
        seed,
        bad_percent: 0.0,
        duplicate_percent: 0.0,
    };
    local_generator::generate(&generated, &mut File::create(path)?, |_| {})?;
    Ok(())
}

/// Imports a file of so many rows, a few of whose keys may be in the table already.
pub async fn imported(
    system: &System,
    file: &Path,
    station: &str,
    business: &str,
    rows: u64,
) -> Result<Summary> {
    let data = system.data.join("");
    let arguments = Import::new(file, station.parse()?, business.parse()?, &data);
    let (summary, _) = import(system, &arguments, &SourceFile::open(file)?).await?;
    ensure!(
        summary.rows.read == rows,
        "{} of {rows} rows were read",
        summary.rows.read
    );
    Ok(summary)
}
