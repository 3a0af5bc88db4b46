//! The sweeper: once a minute it looks after every task that has not ended, so that each one
//! ends. What a queue lost is sent again, what was given up is counted, and files that never
//! come are not waited for for ever.

mod config;
mod dead_letters;
mod heal;
mod notices;
mod schedules;

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::StreamExt;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent};
use serde::de::IgnoredAny;
use sluice_aws::{
    AwsError, ImportLimits, Objects, OpenTask, Queue, ScheduleStore, Settings, TaskStore,
    WebhookStore, chain, observe,
};
use sluice_basics::ids::StationId;
use sluice_basics::metric::Metric;
use sluice_engine::{Dispatches, Starter};
use sluice_kind::WorkQueue;
use sluice_lambda::{Function, Init, Telemetry, Work};

use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Sweeper {
    config: Config,
    tasks: TaskStore,
    objects: Objects,
    uploads: Queue,
    dispatches: Dispatches,
    uploads_dead_letters: Queue,
    notices: Queue,
    webhooks: WebhookStore,
    schedules: ScheduleStore,
    starter: Starter,
    limits: ImportLimits,
    /// Those of each queue of chunks.
    chunks_dead_letters: [(WorkQueue, Queue); 2],
    telemetry: Telemetry,
}

#[async_trait]
impl Function for Sweeper {
    /// The schedule says nothing that matters.
    type Event = IgnoredAny;
    type Answer = ();

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let (clients, config) = (init.clients, Config::from_lookup(init.lookup)?);
        let limits = Settings::new(init.lookup).limits()?;
        let queue = |url: &str| Queue::new(clients, url.to_owned());
        Ok(Self {
            telemetry: init.telemetry.clone(),
            tasks: TaskStore::new(clients, config.tasks_table.clone()),
            objects: Objects::new(clients, config.files_bucket.clone()),
            uploads: queue(&config.uploads_queue_url),
            dispatches: Dispatches::new(init, &kind_list::all())?,
            uploads_dead_letters: queue(&config.uploads_dead_letter_url),
            notices: queue(&config.notices_queue_url),
            webhooks: WebhookStore::new(clients, config.tasks_table.clone()),
            schedules: ScheduleStore::new(clients, config.tasks_table.clone()),
            starter: Starter::new(init)?,
            limits: ImportLimits::new(clients, config.tasks_table.clone(), limits),
            chunks_dead_letters: [
                (WorkQueue::CHUNKS, queue(&config.chunks_dead_letter_url)),
                (WorkQueue::MAILINGS, queue(&config.mailings_dead_letter_url)),
            ],
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
/// How far the start moves from one minute to the next: a prime, so that it comes to every place.
const STRIDE: u64 = 7_919;

async fn sweep(sweeper: &Sweeper) -> Result<(), AwsError> {
    if let Err(error) = sweeper.count_dead_letters().await {
        observe(Metric::Failures, 1.0);
        tracing::error!(error = chain(&error), "dead letters could not be counted");
    }
    if let Err(error) = sweeper.show_notices().await {
        observe(Metric::Failures, 1.0);
        tracing::error!(error = chain(&error), "notices could not be looked at");
    }
    if let Err(error) = sweeper.run_schedules().await {
        observe(Metric::Failures, 1.0);
        tracing::error!(error = chain(&error), "schedules could not be looked at");
    }
    let open = sweeper.tasks.open_tasks().await?;
    observe(Metric::TasksOpen, open.len() as f64);
    observe(Metric::TasksStuck, 0.0);
    let minute = Timestamp::now().as_second().unsigned_abs() / 60;
    let open = by_turns(open, minute.wrapping_mul(STRIDE) as usize);
    let heals: Vec<_> = open.iter().map(|open| sweeper.heal_one(open)).collect();
    futures::stream::iter(heals)
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
    Ok(())
}

/// Tasks in the order in which they are looked at: one of each station in turn, so that a station
/// with many delays no other. Should time run out, it is neither always the same stations that are
/// left out nor always the same tasks of one: `start` says where they begin.
fn by_turns(open: Vec<OpenTask>, start: usize) -> Vec<OpenTask> {
    let mut stations: BTreeMap<StationId, Vec<OpenTask>> = BTreeMap::new();
    for one in open {
        let station = one.task.station_id.clone();
        stations.entry(station).or_default().push(one);
    }
    let mut stations: Vec<Vec<OpenTask>> = stations.into_values().collect();
    for tasks in &mut stations {
        let first = start % tasks.len();
        tasks.rotate_left(first);
    }
    if !stations.is_empty() {
        let first = start % stations.len();
        stations.rotate_left(first);
    }
    let mut stations: Vec<_> = stations.into_iter().map(Vec::into_iter).collect();
    let mut turns = Vec::new();
    while !stations.is_empty() {
        stations.retain_mut(|tasks| match tasks.next() {
            Some(task) => {
                turns.push(task);
                true
            }
            None => false,
        });
    }
    turns
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

#[cfg(test)]
mod tests {
    use sluice_basics::ids::{TaskId, TaskRef};

    use super::*;

    fn open(station: &str, number: u64) -> OpenTask {
        OpenTask {
            task: TaskRef {
                station_id: station.parse().expect("a station"),
                task_id: TaskId::try_from(number).expect("an id"),
            },
            create_time: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_station_with_ten_thousand_open_tasks_delays_no_other() {
        let mut all: Vec<OpenTask> = (1..=10_000).map(|n| open("large", n)).collect();
        all.extend([open("a", 1), open("z", 1), open("z", 2)]);
        for start in [0, 1, 2, 3, 9_999, 1_764_000_000] {
            let turns = by_turns(all.clone(), start);
            assert_eq!(turns.len(), all.len());
            let others = |task: &&OpenTask| task.task.station_id.as_str() != "large";
            assert_eq!(turns.iter().take(6).filter(others).count(), 3, "{start}");
        }
    }

    #[test]
    fn each_task_and_each_station_comes_first_at_some_time() {
        let all: Vec<OpenTask> = [("a", 1), ("a", 2), ("a", 3), ("b", 1)]
            .map(|(station, number)| open(station, number))
            .to_vec();
        let firsts: Vec<OpenTask> = (0..6)
            .map(|n| by_turns(all.clone(), n)[0].clone())
            .collect();
        assert!(all.iter().all(|one| {
            let station = |first: &&OpenTask| first.task.station_id == one.task.station_id;
            firsts.iter().any(|first| station(&first))
        }));
        assert!(firsts.contains(&open("a", 1)) && firsts.contains(&open("a", 3)));
        assert!(by_turns(Vec::new(), 7).is_empty());
    }
}
