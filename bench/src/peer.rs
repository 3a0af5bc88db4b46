//! Peers in Python: each is a script that takes what is asked of it as JSON and prints what it took.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Runs a script in a process of its own, and returns what it prints.
pub async fn run<Took: DeserializeOwned>(
    python: &Path,
    script: &str,
    environment: &BTreeMap<String, String>,
    asked: &Value,
) -> Result<Took> {
    let mut process = Command::new(python)
        .args(["-c", script])
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} does not start", python.display()))?;
    let mut input = process.stdin.take().context("the peer's input")?;
    input.write_all(asked.to_string().as_bytes()).await?;
    drop(input);
    let output = process.wait_with_output().await?;
    ensure!(
        output.status.success(),
        "the peer failed: {}",
        output.status
    );
    serde_json::from_slice(&output.stdout).context("what the peer took")
}
