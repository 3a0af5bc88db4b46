//! The sweeper: once a minute it looks after every task that has not ended, so that each one
//! ends. What a queue lost is sent again, what was given up is counted, and files that never
//! come are not waited for for ever.

mod config;
mod dead_letters;
mod heal;

use async_trait::async_trait;
use futures::StreamExt;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent};
use serde::de::IgnoredAny;
use sluice_aws::{AwsError, Objects, OpenTask, Queue, TaskStore, chain, observe};
use sluice_core::metric::Metric;
use sluice_lambda::{Function, Init, Telemetry, Work};

use config::Config;

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
    telemetry: Telemetry,
}

#[async_trait]
impl Function for Sweeper {
    /// The schedule says nothing that matters.
    type Event = IgnoredAny;
    type Answer = ();

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let (clients, config) = (init.clients, Config::from_lookup(init.lookup)?);
        let queue = |url: &str| Queue::new(clients, url.to_owned());
        Ok(Self {
            telemetry: init.telemetry.clone(),
            tasks: TaskStore::new(clients, config.tasks_table.clone()),
            objects: Objects::new(clients, config.files_bucket.clone()),
            uploads: queue(&config.uploads_queue_url),
            chunks: queue(&config.chunks_queue_url),
            uploads_dead_letters: queue(&config.uploads_dead_letter_url),
            chunks_dead_letters: queue(&config.chunks_dead_letter_url),
            config,
        })
    }

    /// Sweeps once. Nothing that cannot be healed keeps the rest from it.
    async fn handle(&self, event: LambdaEvent<IgnoredAny>) -> Result<(), Error> {
        let work = Work::invocation("sweeper", &event.context);
        let swept = Box::pin(sweep(self));
        Ok(self.telemetry.watch(work, swept, Result::is_err).await?)
    }
}

/// Tasks that are looked at, at the same time.
const AT_ONCE: usize = 16;

async fn sweep(sweeper: &Sweeper) -> Result<(), AwsError> {
    if let Err(error) = sweeper.count_dead_letters().await {
        observe(Metric::Failures, 1.0);
        tracing::error!(error = chain(&error), "dead letters could not be counted");
    }
    let mut open = sweeper.tasks.open_tasks().await?;
    observe(Metric::TasksOpen, open.len() as f64);
    observe(Metric::TasksStuck, 0.0);
    // Should time run out, it is not always the same stations that are left out.
    if !open.is_empty() {
        let start = Timestamp::now().as_second() as usize % open.len();
        open.rotate_left(start);
    }
    let heals: Vec<_> = open.iter().map(|open| sweeper.heal_one(open)).collect();
    futures::stream::iter(heals)
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
    Ok(())
}

impl Sweeper {
    async fn heal_one(&self, open: &OpenTask) {
        match self.heal(open).await {
            Ok(Some(what)) => {
                observe(Metric::TasksHealed, 1.0);
                tracing::warn!(task = %open.task, what, "a task was healed");
            }
            Ok(None) => {}
            Err(error) => {
                observe(Metric::Failures, 1.0);
                tracing::error!(task = %open.task, error = chain(&error), "healing failed");
            }
        }
    }
}
