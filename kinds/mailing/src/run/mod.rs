//! Running a chunk of a mailing: batch after batch, each claimed before it is handed to SES.

mod letters;
mod pace;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use sluice_aws::{
    AwsError, BatchRef, BulkMail, MAILING_LASTS, Mailings, Objects, Queue, SendError, Ses,
    Settings, TaskStore, observe,
};
use sluice_basics::ids::TaskRef;
use sluice_basics::metric::Metric;
use sluice_basics::object_key;
use sluice_basics::rows::RowCounts;
use sluice_engine::{Attempt, BoxError, ChunkOutcome, RunChunk, RunError};
use sluice_kind::WorkQueue;
use sluice_lambda::Init;
use sluice_mail::{
    Counts, Frozen, MailingPlan, Marker, MarkerState, Outcome, Refused, Standing, fitting,
    settle_answer,
};
use sluice_profile::{Stage, stage};
use sluice_task::books::ChunkReport;
use sluice_task::message::ChunkMessage;

use letters::{Letters, Sender};
use pace::Pace;

/// How long a mailing rests whose account has sent all that it may in a day.
const DAY_USED_UP: SignedDuration = SignedDuration::from_hours(1);
/// How long a mailing rests that SES was too busy for.
const BUSY: SignedDuration = SignedDuration::from_mins(5);
/// How often a chunk waits for SES before the mailing rests.
const MOST_BUSY: u32 = 6;
/// The longest that a message can be kept back.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// What a batch may take: SES's answer is waited for a minute.
const BATCH_TIME: Duration = Duration::from_secs(70);

/// Runs chunks of mailings.
#[derive(Debug)]
pub(crate) struct RunMailing {
    tasks: TaskStore,
    objects: Objects,
    mailings: Mailings,
    ses: Ses,
    queue: Queue,
    sender: Sender,
    /// How many chunks share SES's rate.
    at_once: u32,
    /// How long the events of a batch are waited for whose answer nobody knows.
    patience: SignedDuration,
}

#[derive(Debug, thiserror::Error)]
enum MailError {
    #[error("the plan or the recipients of a mailing cannot be read")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error("the template of a mailing cannot be read")]
    Template(#[from] sluice_mail::TemplateError),
    #[error("the station has no key for its links")]
    NoKey,
}

/// A chunk while it is sent.
struct Sending<'a> {
    message: &'a ChunkMessage,
    plan: MailingPlan,
    letters: Letters<'a>,
    pace: Pace,
    outcomes: BTreeMap<usize, Outcome>,
    /// How many were not sent to only because the mailing has stopped.
    left: u64,
    until: Instant,
}

/// What keeps a chunk from being done now.
enum Halt {
    /// Batches wait for events, or there is no time left.
    Later(Timestamp),
    /// The task rests, or somebody has paused it: whoever lets it go on sends the chunk again.
    Rests,
    /// Nothing more of the task is to be sent, for this reason.
    Stop(String),
}

impl RunMailing {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        let queue = WorkQueue::MAILINGS;
        let seconds: i64 = settings.parsed("UNKNOWN_AFTER_SECONDS")?;
        Ok(Self {
            tasks: TaskStore::new(init.clients, settings.required("TASKS_TABLE")?),
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            mailings: Mailings::new(init.clients, settings.required("MAIL_TABLE")?),
            ses: Ses::new(init.clients, settings.required("MAIL_CONFIGURATION_SET")?),
            queue: Queue::new(init.clients, settings.required(queue.url)?),
            sender: Sender {
                address: settings.required("MAIL_SENDER")?,
                api_url: settings.required("API_URL")?,
            },
            at_once: settings.parsed(queue.at_once)?,
            patience: SignedDuration::from_secs(seconds),
        })
    }

    async fn send_chunk(
        &self,
        message: &ChunkMessage,
        until: Instant,
    ) -> Result<Option<ChunkReport>, MailError> {
        let plan: MailingPlan = message.plan.read()?;
        let task = &message.plan.task;
        let frozen: Frozen = self.objects.get_json(&object_key::mailing(task)).await?;
        let key = object_key::audience(task, &plan.attempt, message.chunk.number);
        let lines = stage(Stage::Read, self.objects.get(&key)).await?;
        let key = self.mailings.unsubscribe_key(&task.station_id).await?;
        let key = key.ok_or(MailError::NoKey)?;
        let mut outcomes = BTreeMap::new();
        let letters = Letters::new(
            task,
            &lines,
            &frozen.texts,
            &key,
            &self.sender,
            &mut outcomes,
        )?;
        let mut sending = Sending {
            message,
            pace: Pace::new(self.at_once),
            letters,
            outcomes,
            left: 0,
            plan,
            until,
        };
        let age = Timestamp::now().duration_since(frozen.at);
        let ended = if age > MAILING_LASTS {
            let why = "the mailing began more than 30 days ago: ask for a new one to those who were not sent to";
            Err(Halt::Stop(why.to_owned()))
        } else {
            Box::pin(self.send_batches(&mut sending)).await?
        };
        match ended {
            Ok(outcomes) => sending.outcomes.extend(outcomes),
            Err(Halt::Rests) => return Ok(None),
            Err(Halt::Later(at)) => {
                let wait = at
                    .duration_since(Timestamp::now())
                    .try_into()
                    .unwrap_or_default();
                let wait = LONGEST_WAIT.min(wait).max(Duration::from_secs(1));
                self.queue
                    .send_later(&task.station_id, message, wait)
                    .await?;
                return Ok(None);
            }
            Err(Halt::Stop(reason)) => {
                self.tasks.stop(task, &reason).await?;
                let markers = self.mailings.markers(task, message.chunk.number).await?;
                let (outcomes, left) = self.look(&sending, &markers).stopped(&reason);
                sending.outcomes.extend(outcomes);
                sending.left = left;
            }
        }
        Ok(Some(self.report(&sending).await?))
    }

    /// What is known of the recipients of a chunk.
    fn look(&self, sending: &Sending<'_>, markers: &[Marker]) -> Standing {
        let (places, on_unknown) = (sending.letters.places(), sending.plan.on_unknown);
        Standing::look(
            &places,
            markers,
            on_unknown,
            Timestamp::now(),
            self.patience,
        )
    }

    /// Sends what is to be sent. Returns what became of the recipients once nothing is left, or why something is.
    async fn send_batches(
        &self,
        sending: &mut Sending<'_>,
    ) -> Result<Result<BTreeMap<usize, Outcome>, Halt>, MailError> {
        let task = &sending.message.plan.task;
        let chunk = sending.message.chunk.number;
        let mut markers = self.mailings.markers(task, chunk).await?;
        loop {
            let standing = self.look(sending, &markers);
            if standing.open.is_empty() {
                return Ok(match standing.until {
                    Some(until) => Err(Halt::Later(until)),
                    None => Ok(standing.outcomes),
                });
            }
            if let Some(halt) = self.may_send(sending).await? {
                return Ok(Err(halt));
            }
            let letters = &sending.letters;
            let sizes = standing.open.iter().map(|place| letters.size(*place));
            let count = fitting(sizes, sending.pace.most_at_once());
            let reference = BatchRef {
                task_id: task.task_id,
                chunk,
                number: markers.len() as u32,
            };
            let open = &standing.open[..count];
            match Box::pin(self.send_one(sending, &reference, open)).await? {
                Sent::Noted(marker, refused) => {
                    markers.push(marker);
                    if let Some(halt) = self.after(sending, refused).await? {
                        return Ok(Err(halt));
                    }
                }
                // Its answer, or SES's events, tell.
                Sent::NobodyKnows(marker) => markers.push(marker),
                // Another delivery of the chunk is at work, too.
                Sent::ByAnother => markers = self.mailings.markers(task, chunk).await?,
            }
        }
    }

    /// Waits until something may be sent. What keeps the chunk from that, if something does.
    async fn may_send(&self, sending: &mut Sending<'_>) -> Result<Option<Halt>, MailError> {
        let task = &sending.message.plan.task;
        let quota = if let Some(quota) = sending.pace.quota() {
            quota
        } else {
            let quota = stage(Stage::Gate, self.ses.quota()).await?;
            sending.pace.learn(quota);
            quota
        };
        if let Some(percent) = sending.pace.used_percent() {
            observe(Metric::MailQuotaPercent, percent);
        }
        if quota.is_enabled && !sending.pace.has_room() {
            return self.rest_for_a_day(task).await.map(Some);
        }
        let wait = sending.pace.wait();
        if Instant::now() + wait + BATCH_TIME > sending.until {
            let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
            let at = Timestamp::now().saturating_add(wait);
            return Ok(Some(Halt::Later(at.unwrap_or(Timestamp::MAX))));
        }
        stage(Stage::Wait, tokio::time::sleep(wait)).await;
        // After the wait: nothing is sent of a task that was stopped meanwhile.
        let Some(state) = self.tasks.get(task).await? else {
            return Ok(Some(Halt::Rests));
        };
        if state.chunks.stopping {
            let reason = state
                .chunks
                .fault
                .unwrap_or_else(|| "the task was stopped".to_owned());
            return Ok(Some(Halt::Stop(reason)));
        }
        if state.chunks.paused || state.run_count != sending.message.plan.run {
            return Ok(Some(Halt::Rests));
        }
        if !quota.is_enabled {
            let reason = "SES sends nothing for this account now: see the account in SES";
            return Ok(Some(Halt::Stop(reason.to_owned())));
        }
        Ok(None)
    }

    /// Claims recipients, hands them to SES, and notes the answer.
    async fn send_one(
        &self,
        sending: &mut Sending<'_>,
        batch: &BatchRef,
        open: &[usize],
    ) -> Result<Sent, MailError> {
        let task = &sending.message.plan.task;
        let station = &task.station_id;
        let address = |place: &usize| sending.letters.address(*place);
        let addresses: BTreeSet<&str> = open.iter().map(address).collect();
        let listed = self.mailings.suppressed(station, &addresses).await?;
        let (suppressed, places): (Vec<usize>, Vec<usize>) = open
            .iter()
            .partition(|place| listed.contains(address(place)));
        let mut marker = Marker {
            places,
            suppressed,
            state: MarkerState::Sent {
                failed: BTreeMap::new(),
                again: Vec::new(),
            },
        };
        let bulk = BulkMail {
            from: sending.letters.from(sending.plan.from_name.as_deref()),
            reply_to: sending.plan.reply_to.clone(),
            mails: sending.letters.mails(batch, &marker.places),
        };
        let name = format!("{:016x}", rand::random::<u64>());
        let claimed = self
            .mailings
            .claim(task, batch, &name, &marker.places, &marker.suppressed);
        if !stage(Stage::Gate, claimed).await? {
            return Ok(Sent::ByAnother);
        }
        if marker.places.is_empty() {
            return Ok(Sent::Noted(marker, Refused::default()));
        }
        sending.pace.sends(marker.places.len());
        let refused = match stage(Stage::SendMail, self.ses.send(&bulk)).await {
            Ok(answers) => settle_answer(&marker.places, &answers),
            Err(SendError::Busy) => Refused {
                again: marker.places.clone(),
                ..Refused::default()
            },
            Err(SendError::Refused(why)) => Refused {
                again: marker.places.clone(),
                stop: Some(why),
                ..Refused::default()
            },
            Err(SendError::Unknown(error)) => {
                tracing::warn!(
                    %task,
                    %batch,
                    error = sluice_aws::chain(&error),
                    "nobody knows whether a batch was sent"
                );
                marker.state = MarkerState::Claimed {
                    at: Timestamp::now(),
                    accepted: BTreeSet::new(),
                };
                return Ok(Sent::NobodyKnows(marker));
            }
        };
        let noted = self
            .mailings
            .note_answer(task, batch, &refused.failed, &refused.again);
        stage(Stage::Gate, noted).await?;
        marker.state = MarkerState::Sent {
            failed: refused.failed.clone(),
            again: refused.again.clone(),
        };
        Ok(Sent::Noted(marker, refused))
    }

    /// What follows from the answer to a batch for those after it.
    async fn after(
        &self,
        sending: &mut Sending<'_>,
        refused: Refused,
    ) -> Result<Option<Halt>, MailError> {
        let task = &sending.message.plan.task;
        if let Some(why) = refused.stop {
            return Ok(Some(Halt::Stop(format!("SES does not send it: {why}"))));
        }
        if refused.is_day_used_up {
            return self.rest_for_a_day(task).await.map(Some);
        }
        if refused.again.is_empty() {
            sending.pace.went_well();
            return Ok(None);
        }
        observe(Metric::Throttles, 1.0);
        if sending.pace.was_busy() < MOST_BUSY {
            return Ok(None);
        }
        let until = Timestamp::now() + BUSY;
        self.tasks
            .park(
                task,
                until,
                "SES is too busy: the mailing goes on in five minutes",
            )
            .await?;
        Ok(Some(Halt::Rests))
    }

    async fn rest_for_a_day(&self, task: &TaskRef) -> Result<Halt, MailError> {
        let until = Timestamp::now() + DAY_USED_UP;
        let reason =
            "SES sends no more e-mails for this account today: the mailing goes on by itself";
        self.tasks.park(task, until, reason).await?;
        Ok(Halt::Rests)
    }

    async fn report(&self, sending: &Sending<'_>) -> Result<ChunkReport, MailError> {
        let message = sending.message;
        let mut counts = Counts::default();
        let mut not_sent = Vec::new();
        for (place, outcome) in &sending.outcomes {
            counts.add(outcome);
            if *outcome != Outcome::Sent {
                let line =
                    json!({ "address": sending.letters.address(*place), "outcome": outcome });
                serde_json::to_writer(&mut not_sent, &line)?;
                not_sent.push(b'\n');
            }
        }
        let mut part = None;
        if !not_sent.is_empty() {
            let task = &message.plan.task;
            let key = object_key::not_sent_part(task, message.chunk.number, rand::random());
            self.objects
                .put(&key, "application/x-ndjson", not_sent)
                .await?;
            part = Some(key);
        }
        let rows = RowCounts {
            read: counts.audience,
            succeeded: counts.sent,
            failed: counts.failed + counts.unknown,
            duplicate: counts.duplicate,
            skipped: counts.suppressed,
            ..RowCounts::default()
        };
        let of_kind: Json = json!({ "counts": counts, "not_sent": part });
        Ok(ChunkReport {
            of_kind: Some(of_kind),
            used: sluice_aws::used_so_far(),
            // A retry sends to them.
            passing: sending.left,
            ..ChunkReport::done(message.plan.run, &message.chunk, rows)
        })
    }
}

/// What came of handing recipients to SES.
enum Sent {
    /// It answered, and the answer is noted.
    Noted(Marker, Refused),
    /// Another delivery of the chunk has written a marker meanwhile.
    ByAnother,
    /// It did not answer.
    NobodyKnows(Marker),
}

#[async_trait]
impl RunChunk for RunMailing {
    async fn run_chunk(
        &self,
        message: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<ChunkOutcome, RunError> {
        let sent = Box::pin(self.send_chunk(message, attempt.until)).await;
        let report = sent.map_err(|error| match error {
            MailError::Aws(error) => RunError::Aws(error),
            error => RunError::ours(error),
        })?;
        Ok(match report {
            None => ChunkOutcome::HandedOn,
            Some(report) => ChunkOutcome::Done {
                report: Box::new(report),
                // Metrics count the rows of imports.
                counted: RowCounts::default(),
            },
        })
    }
}
