//! The sweeper: once a minute it looks after every task that has not ended, so that each one
//! ends. What a queue lost is sent again, what was given up is counted, and files that never
//! come are not waited for for ever.

mod config;
mod dead_letters;
mod heal;

use std::collections::HashMap;

use sluice_aws::{AwsError, Clients, Objects, Queue, TaskStore, chain};

pub use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Sweeper {
    config: Config,
    tasks: TaskStore,
    objects: Objects,
    uploads: Queue,
    chunks: Queue,
    uploads_dead_letters: Queue,
    chunks_dead_letters: Queue,
}

impl Sweeper {
    /// Builds what is kept.
    pub fn new(clients: &Clients, config: Config) -> Self {
        let queue = |url: &str| Queue::new(clients, url.to_owned());
        Self {
            tasks: TaskStore::new(clients, config.tasks_table.clone()),
            objects: Objects::new(clients, config.files_bucket.clone()),
            uploads: queue(&config.uploads_queue_url),
            chunks: queue(&config.chunks_queue_url),
            uploads_dead_letters: queue(&config.uploads_dead_letter_url),
            chunks_dead_letters: queue(&config.chunks_dead_letter_url),
            config,
        }
    }
}

/// Sweeps once. One task that cannot be healed does not keep the others from it.
pub async fn handle(sweeper: &Sweeper) -> Result<(), AwsError> {
    sweeper.count_dead_letters().await?;
    let mut healed: HashMap<&'static str, u32> = HashMap::new();
    for open in sweeper.tasks.open_tasks().await? {
        match sweeper.heal(&open).await {
            Ok(Some(what)) => {
                tracing::warn!(task = %open.task, what, "a task was healed");
                *healed.entry(what).or_default() += 1;
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(task = %open.task, error = chain(&error), "healing failed");
            }
        }
    }
    if !healed.is_empty() {
        tracing::info!(?healed, "swept");
    }
    Ok(())
}
