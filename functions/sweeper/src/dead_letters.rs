//! Messages that failed too often. A chunk among them is counted as lost, with the reason, so
//! that its task ends; a file that could not be split ends its task.

use jiff::{SignedDuration, Timestamp};
use sluice_aws::{AwsError, Committed, Queue, Received, chain, observe, observe_rows};
use sluice_basics::ids::TaskRef;
use sluice_basics::metric::Metric;
use sluice_basics::object_key::{self, Arrival};
use sluice_kind::OfKind;
use sluice_kind::WorkQueue;
use sluice_task::books::ChunkReport;
use sluice_task::message::{ArrivedObject, ChunkMessage, MessageError, UploadsMessage};
use sluice_task::{PLAN_GIVEN_UP, SPLIT_GIVEN_UP, TaskStatus};

use crate::Sweeper;

/// For how long the event of an object is sent again: as long as SQS can keep a message. A file of the
/// inbox may wait for days until its station has room.
const ARRIVALS_KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Batches of dead letters that one sweep takes.
const BATCHES: usize = 20;

impl Sweeper {
    /// Counts what was given up. A letter that cannot be handled now stays for another sweep, and
    /// keeps no other from being counted.
    pub(crate) async fn count_dead_letters(&self) -> Result<(), AwsError> {
        for (of, queue) in &self.chunks_dead_letters {
            for _ in 0..BATCHES {
                let letters = queue.receive().await?;
                if letters.is_empty() {
                    break;
                }
                for letter in letters {
                    let counted = self.count_chunk(*of, &letter).await;
                    end_letter(queue, &letter, counted).await;
                }
            }
        }
        let queue = &self.uploads_dead_letters;
        for _ in 0..BATCHES {
            let letters = queue.receive().await?;
            if letters.is_empty() {
                break;
            }
            for letter in letters {
                let counted = self.count_upload(&letter).await;
                end_letter(queue, &letter, counted).await;
            }
        }
        Ok(())
    }

    async fn count_chunk(&self, of: WorkQueue, letter: &Received) -> Result<(), AwsError> {
        let message = match <ChunkMessage>::parse(&letter.body) {
            Ok(message) => message,
            Err(error) => {
                note_unreadable(letter, &error);
                return Ok(());
            }
        };
        let report = ChunkReport::given_up(message.plan.run, &message.chunk);
        let task = &message.plan.task;
        let committed = self.tasks.commit_chunk(task, &report).await?;
        // Nobody else goes on in its lane; a letter that comes again finds the chunk committed.
        if let Some(dispatch) = self.dispatches.of_queue(of)
            && committed != Committed::TooLate
        {
            let task = self.tasks.get(task).await.ok().flatten();
            let trace = task.and_then(|task| task.trace);
            dispatch.send_next(&message, trace).await?;
        }
        if committed == Committed::Now && !message.plan.dry_run {
            observe_rows(&report.rows);
        }
        tracing::warn!(
            %task,
            chunk = message.chunk.number,
            ?committed,
            "a chunk was given up"
        );
        Ok(())
    }

    async fn count_upload(&self, letter: &Received) -> Result<(), AwsError> {
        match UploadsMessage::parse(&letter.body) {
            Ok(UploadsMessage::Split(message)) => {
                match self.give_up_splitting(&message.split).await {
                    // The sweep ends such a task.
                    Err(error) if error.is_unreadable() => {
                        tracing::error!(error = chain(&error), "a file cannot be given up");
                        Ok(())
                    }
                    given_up => given_up,
                }
            }
            Ok(UploadsMessage::Arrived(objects)) if objects.iter().any(starts_an_import) => {
                if objects.iter().all(is_old) {
                    return self.give_up_arrivals(&objects).await;
                }
                // What S3 announced may have no task yet: only another try can tell.
                tracing::error!("an arrival could not be handled; it is tried again");
                self.uploads.send_again(&letter.body).await
            }
            Ok(UploadsMessage::Arrived(_)) => {
                note_unreadable(letter, &MessageError::NotAnEvent);
                Ok(())
            }
            Err(error) => {
                note_unreadable(letter, &error);
                Ok(())
            }
        }
    }

    /// Ends the tasks of objects whose events failed for too long. A file in the inbox may have no task: then
    /// the log alone says what became of it. If it has one, the sweep ends it.
    async fn give_up_arrivals(&self, objects: &[ArrivedObject]) -> Result<(), AwsError> {
        for object in objects {
            let key = object_key::decoded(&object.key);
            tracing::error!(
                object_key = key,
                arrived_at = object.arrived_at.map(tracing::field::display),
                "an arrival was given up: put the file there again to import it"
            );
            let Ok(Arrival::Upload(task)) = Arrival::parse(&key) else {
                continue;
            };
            match self.give_up_splitting(&task).await {
                // The sweep ends such a task.
                Err(error) if error.is_unreadable() => {
                    tracing::error!(error = chain(&error), "a file cannot be given up");
                }
                given_up => given_up?,
            }
        }
        Ok(())
    }

    /// Stops a task that cannot be split: what was planned so far is left out or counted.
    async fn give_up_splitting(&self, reference: &TaskRef) -> Result<(), AwsError> {
        let Some(task) = self.tasks.get(reference).await? else {
            return Ok(());
        };
        if task.status.has_ended() || task.chunks.total.is_some() {
            return Ok(());
        }
        let why = if task.kind().reads_a_file() {
            SPLIT_GIVEN_UP
        } else {
            PLAN_GIVEN_UP
        };
        if task.status == TaskStatus::Submitted {
            self.tasks.end_early(&task, why).await?;
        } else {
            self.tasks.close_plan(&self.objects, &task, why).await?;
        }
        tracing::warn!(task = %reference, "a file was given up");
        Ok(())
    }
}

/// Whether the object may be the file of an import; no other has to be tried again.
fn starts_an_import(object: &ArrivedObject) -> bool {
    Arrival::parse(&object_key::decoded(&object.key)).is_ok()
}

/// Whether an object arrived so long ago that its event is not sent again. An event that does not say when
/// would be sent again for ever.
fn is_old(object: &ArrivedObject) -> bool {
    let age = |arrived_at| Timestamp::now().duration_since(arrived_at);
    object
        .arrived_at
        .is_none_or(|arrived_at| age(arrived_at) > ARRIVALS_KEPT)
}

fn note_unreadable(letter: &Received, error: &MessageError) {
    tracing::error!(
        message_id = letter.message_id,
        body_bytes = letter.body.len(),
        error = chain(error),
        "a dead letter cannot be read"
    );
}

/// Deletes a letter that was counted.
async fn end_letter(queue: &Queue, letter: &Received, counted: Result<(), AwsError>) {
    let ended = match counted {
        Ok(()) => {
            observe(Metric::DeadLetters, 1.0);
            queue.delete(&letter.receipt_handle).await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        observe(Metric::Failures, 1.0);
        tracing::error!(
            message_id = letter.message_id,
            error = chain(&error),
            "a dead letter could not be counted"
        );
    }
}
