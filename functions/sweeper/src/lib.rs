//! The sweeper: once a minute it looks after every task that has not ended, so that each one
//! ends. What a queue lost is sent again, what was given up is counted, and files that never
//! come are not waited for for ever.

mod config;
mod dead_letters;
mod heal;
mod notices;
mod patience;
mod schedules;
mod turns;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::future::join_all;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent};
use serde::de::IgnoredAny;
use sluice_aws::{
    AwsError, ImportLimits, Objects, OpenTask, Queue, ScheduleStore, Settings, TaskStore,
    WebhookStore, chain, observe,
};
use sluice_basics::metric::Metric;
use sluice_engine::{Dispatches, Starter};
use sluice_kind::WorkQueue;
use sluice_lambda::{Deadline, Function, Init, Telemetry, Work};
use tokio::time::{timeout, timeout_at};

use config::Config;
use patience::Backlogs;
use turns::{Place, Turns};

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
    /// Where the next sweep goes on.
    place: Mutex<Place>,
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
            place: Mutex::default(),
        })
    }

    /// Sweeps once. Nothing that cannot be healed keeps the rest from it.
    async fn handle(&self, event: LambdaEvent<IgnoredAny>) -> Result<(), Error> {
        let work = Work::invocation("sweeper", &event.context);
        let swept = Box::pin(sweep(self, Deadline::of(&event.context)));
        Ok(self.telemetry.watch(work, swept, Result::is_err).await?)
    }
}

/// Tasks that are looked at, at the same time.
const AT_ONCE: usize = 16;
/// How far the start moves from one minute to the next: a prime, so that it comes to every place.
const STRIDE: u64 = 7_919;
/// The part of the time that is left for each of what comes before the tasks: they have a quarter at least.
const SHARE: u32 = 4;
/// When the time has come so near to its end, no other task is looked at.
const LAST_TASK: Duration = Duration::from_secs(10);
/// Nor is any waited for that was begun with. What is left is for telling how it went.
const LAST_WORDS: Duration = Duration::from_secs(3);

async fn sweep(sweeper: &Sweeper, deadline: Deadline) -> Result<(), AwsError> {
    let share = deadline.left() / SHARE;
    let letters = sweeper.count_dead_letters();
    Box::pin(in_time(share, letters, "dead letters could not be counted")).await;
    let notices = sweeper.show_notices();
    Box::pin(in_time(share, notices, "notices could not be looked at")).await;
    let schedules = sweeper.run_schedules();
    Box::pin(in_time(
        share,
        schedules,
        "schedules could not be looked at",
    ))
    .await;
    let open = sweeper.tasks.open_tasks().await?;
    observe(Metric::TasksOpen, open.len() as f64);
    observe(Metric::TasksStuck, 0.0);
    let minute = Timestamp::now().as_second().unsigned_abs() / 60;
    let start = minute.wrapping_mul(STRIDE) as usize;
    let turns = Round {
        turns: Mutex::new(Turns::new(open, sweeper.take_place(), start)),
        until: deadline.less(LAST_TASK),
    };
    let backlogs = Backlogs::new(sweeper);
    let healers = (0..AT_ONCE).map(|_| Box::pin(sweeper.heal_next(&turns, &backlogs)));
    let healed = timeout_at(deadline.less(LAST_WORDS).into(), join_all(healers)).await;
    sweeper.leave_place(turns, healed.is_err());
    Ok(())
}

/// Does a part of a sweep, and gives it up when its time is over: what is left is for the next sweep, as if this one
/// had died.
async fn in_time<F: Future<Output = Result<(), AwsError>>>(time: Duration, part: F, failed: &str) {
    match timeout(time, part).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            observe(Metric::Failures, 1.0);
            tracing::error!(error = chain(&error), "{failed}");
        }
        Err(_) => tracing::warn!("{failed} in this sweep: its share of the time is over"),
    }
}

/// The tasks that a sweep still has to look at, and for how long.
struct Round {
    turns: Mutex<Turns>,
    until: Instant,
}

impl Round {
    fn next(&self) -> Option<OpenTask> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // A sweep that had no time from its beginning looks at some all the same: others go on behind them.
        let is_over = Instant::now() >= self.until && turns.begun() >= AT_ONCE;
        if is_over { None } else { turns.next() }
    }
}

impl Sweeper {
    fn take_place(&self) -> Place {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut place)
    }

    /// Notes where the next sweep is to go on.
    fn leave_place(&self, round: Round, was_cut_off: bool) {
        let turns = round.turns.into_inner();
        let turns = turns.unwrap_or_else(PoisonError::into_inner);
        let left = turns.left();
        if left > 0 || was_cut_off {
            tracing::warn!(left, "a sweep had too little time for all tasks");
        }
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        *place = turns.into_place();
    }

    async fn heal_next(&self, round: &Round, backlogs: &Backlogs<'_>) {
        while let Some(open) = round.next() {
            self.heal_one(&open, backlogs).await;
        }
    }

    async fn heal_one(&self, open: &OpenTask, backlogs: &Backlogs<'_>) {
        match self.heal(open, backlogs).await {
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
