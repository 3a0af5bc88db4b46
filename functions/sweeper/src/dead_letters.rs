//! Messages that failed too often. A chunk among them is counted as lost, with the reason, so
//! that its task ends; a file that could not be split ends its task.

use sluice_aws::{AwsError, Committed, chain, observe, observe_rows};
use sluice_core::books::ChunkReport;
use sluice_core::ids::TaskRef;
use sluice_core::message::{ChunkMessage, SplitMessage};
use sluice_core::metric::Metric;
use sluice_core::task::TaskStatus;

use crate::Sweeper;

const SPLIT_GIVEN_UP: &str =
    "the file could not be read, again and again; see the log of the splitter";
/// Batches of dead letters that one sweep takes.
const BATCHES: usize = 20;

impl Sweeper {
    /// Counts what was given up.
    pub(crate) async fn count_dead_letters(&self) -> Result<(), AwsError> {
        for _ in 0..BATCHES {
            let letters = self.chunks_dead_letters.receive().await?;
            if letters.is_empty() {
                break;
            }
            for letter in letters {
                observe(Metric::DeadLetters, 1.0);
                match ChunkMessage::parse(&letter.body) {
                    Ok(message) => {
                        let report = ChunkReport::given_up(message.plan.run, &message.chunk);
                        let task = &message.plan.task;
                        let committed = self.tasks.commit_chunk(task, &report).await?;
                        if committed == Committed::Now && !message.plan.dry_run {
                            observe_rows(&report.rows);
                        }
                        tracing::warn!(
                            %task,
                            chunk = message.chunk.number,
                            ?committed,
                            "a chunk was given up"
                        );
                    }
                    Err(error) => tracing::error!(
                        message_id = letter.message_id,
                        body_bytes = letter.body.len(),
                        error = chain(&error),
                        "a dead letter cannot be read"
                    ),
                }
                self.chunks_dead_letters
                    .delete(&letter.receipt_handle)
                    .await?;
            }
        }
        for _ in 0..BATCHES {
            let letters = self.uploads_dead_letters.receive().await?;
            if letters.is_empty() {
                break;
            }
            for letter in letters {
                observe(Metric::DeadLetters, 1.0);
                if let Ok(message) = SplitMessage::parse(&letter.body) {
                    self.give_up_splitting(&message.split).await?;
                } else if !letter.body.contains("\"Records\"") {
                    tracing::error!(
                        message_id = letter.message_id,
                        body_bytes = letter.body.len(),
                        "a dead letter of the uploads queue cannot be read"
                    );
                } else {
                    // What S3 announced may have no task yet: only another try can tell.
                    tracing::error!("an arrival could not be handled; it is tried again");
                    self.uploads.send_again(&letter.body).await?;
                }
                self.uploads_dead_letters
                    .delete(&letter.receipt_handle)
                    .await?;
            }
        }
        Ok(())
    }

    /// Stops a task that cannot be split: what was planned so far is left out or counted.
    async fn give_up_splitting(&self, reference: &TaskRef) -> Result<(), AwsError> {
        let Some(task) = self.tasks.get(reference).await? else {
            return Ok(());
        };
        if task.status.has_ended() || task.import.chunks_total.is_some() {
            return Ok(());
        }
        if task.status == TaskStatus::Submitted {
            self.tasks.end_early(&task, SPLIT_GIVEN_UP).await?;
        } else {
            self.tasks
                .close_plan(&self.objects, &task, SPLIT_GIVEN_UP)
                .await?;
        }
        tracing::warn!(task = %reference, "a file was given up");
        Ok(())
    }
}
